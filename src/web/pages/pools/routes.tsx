import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { poolUse } from "../../../catalog/sql/pool-use.ts";
import type { PoolSettings, SchedulerRefusal } from "../../../platform.ts";
import { NO_FACTS, pageFactsOf } from "../../page-facts.ts";
import { paths } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { done, respond, respondWithForm, shellOf } from "../../respond.tsx";
import { importErrorCountOf } from "../../shell-facts.ts";
import { LimitForm, PoolDeletionForm, PoolForm, type PoolFormProps, PoolHoldersPage } from "./pool-forms.tsx";
import { POOLS_REGION, PoolList, PoolsPage } from "./pools-page.tsx";

export const poolPageRoutes = new Routes("page");

const MAX_SHOWN = 500;
const NO_USE = { uses: [], isWhole: true } as const;
const edit = { permission: "pool.edit" } as const;
const named = z.object({ name: z.string().max(250).catch("") });

poolPageRoutes.get(paths.pools, { permission: "pool.read" }, async (c) => {
  const { limits, catalog } = platformOf(c);
  const [known, [[use = NO_USE], [facts = NO_FACTS]]] = await Promise.all([
    limits.read(),
    readTogether(catalog, [poolUse.counted(), pageFactsOf(c, paths.pools)]),
  ]);
  const usesOf = Map.groupBy(use.uses, ({ pool }) => pool);
  const pools = [...known.pools]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, MAX_SHOWN)
    .map((pool) => ({ pool, uses: usesOf.get(pool.name) ?? [] }));
  const data = { pools, parallelism: known.parallelism, isWhole: use.isWhole };
  const ptag = ptagOf(data);
  return respond(c, {
    ptag,
    page: () => <PoolsPage shell={shellOf(c, facts.importErrorCount)} data={data} ptag={ptag} />,
    parts: { [POOLS_REGION]: () => <PoolList data={data} ptag={ptag} /> },
  });
});

poolPageRoutes.get("/pools/holders", { permission: "pool.read", query: named }, async (c, { query }) => {
  const pool = await findPool(c, query.name);
  const { dagIds } = principalOf(c);
  const holders = (await platformOf(c).limits.holders(pool.name)).filter(
    ({ dagId }) => dagIds === null || dagIds.includes(dagId),
  );
  const importErrorCount = await importErrorCountOf(c);
  const page = () => <PoolHoldersPage shell={shellOf(c, importErrorCount)} pool={pool} holders={holders} />;
  return respond(c, { ptag: null, page, parts: {} });
});

const form = z.object({
  name: z.string().max(1_000).default(""),
  slots: z.string().max(100).default(""),
  description: z.string().max(2_000).default(""),
  include_deferred: z.literal("true").optional(),
});

poolPageRoutes.get(paths.newPool, edit, (c) =>
  showForm(c, {
    typed: { name: "", slots: "16", description: "", includeDeferred: false },
    isNew: true,
    errors: {},
  }),
);

poolPageRoutes.get("/pools/editing", { ...edit, query: named }, async (c, { query }) => {
  const pool = await findPool(c, query.name);
  return showForm(c, { typed: { ...pool, slots: String(pool.slots) }, isNew: false, errors: {} });
});

poolPageRoutes.post(paths.newPool, { ...edit, form }, async (c, { body }) => {
  const typed = typedOf(body);
  const slots = slotsOf(typed.slots);
  const errors: Record<string, string> = {};
  if (slots === null) errors["slots"] = `Expected a whole number from -1, got "${typed.slots.slice(0, 50)}"`;
  if (typed.name.trim() === "" || typed.name.length > 250) errors["name"] = "Use 1 to 250 characters";
  if (typed.description.length > 1_000) errors["description"] = "Use at most 1,000 characters";
  if (slots === null || Object.keys(errors).length > 0) return showForm(c, { typed, isNew: true, errors });
  const pool = { ...typed, name: typed.name.trim(), slots };
  const reply = await platformOf(c).limits.createPool(pool, actorOf(c));
  if (!reply.ok) return showForm(c, { typed, isNew: true, errors: errorsOf(reply) });
  return done(c, paths.pools, { tone: "done", text: `The pool "${pool.name}" is there` });
});

poolPageRoutes.post("/pools/editing", { ...edit, query: named, form }, async (c, { query, body }) => {
  const typed = { ...typedOf(body), name: query.name };
  const slots = slotsOf(typed.slots);
  const errors: Record<string, string> =
    slots === null ? { slots: `Expected a whole number from -1, got "${typed.slots.slice(0, 50)}"` } : {};
  if (slots === null) return showForm(c, { typed, isNew: false, errors });
  const { description, includeDeferred } = typed;
  const reply = await platformOf(c).limits.changePool(query.name, { slots, description, includeDeferred }, actorOf(c));
  if (!reply.ok && reply.code === "not_found") throw notFound(c);
  if (!reply.ok) return showForm(c, { typed, isNew: false, errors: errorsOf(reply) });
  return done(c, paths.pools, { tone: "done", text: `The pool "${query.name}" is changed` });
});

poolPageRoutes.get("/pools/deletion", { ...edit, query: named }, async (c, { query }) =>
  askDeletion(c, await findPool(c, query.name)),
);

poolPageRoutes.post("/pools/deletion", { ...edit, query: named }, async (c, { query }) => {
  const pool = await findPool(c, query.name);
  const reply = await platformOf(c).limits.deletePool(pool.name, actorOf(c));
  if (!reply.ok) return askDeletion(c, pool, reply.message);
  return done(c, paths.pools, { tone: "done", text: `The pool "${pool.name}" is deleted` });
});

poolPageRoutes.get(paths.limits, edit, async (c) => {
  const { parallelism } = await platformOf(c).limits.read();
  return showLimit(c, parallelism === null ? "" : String(parallelism));
});

poolPageRoutes.post(
  paths.limits,
  { ...edit, form: z.object({ parallelism: z.string().max(100).default("") }) },
  async (c, { body }) => {
    const text = body.parallelism.trim();
    const wanted = text === "" ? null : /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    if (wanted === undefined) return showLimit(c, text, `Expected a whole number, got "${text.slice(0, 50)}"`);
    const reply = await platformOf(c).limits.setParallelism(wanted, actorOf(c));
    if (!reply.ok) return showLimit(c, text, reply.message);
    return done(c, paths.pools, { tone: "done", text: wanted === null ? "The limit is lifted" : "The limit is set" });
  },
);

async function findPool(c: AppContext, name: string): Promise<PoolSettings> {
  const pool = (await platformOf(c).limits.read()).pools.find((one) => one.name === name);
  if (pool === undefined) throw notFound(c);
  return pool;
}

function typedOf(body: z.output<typeof form>): PoolFormProps["typed"] {
  return { ...body, includeDeferred: body.include_deferred === "true" };
}

function slotsOf(text: string): number | null {
  const slots = Number(text.trim());
  return text.trim() !== "" && Number.isInteger(slots) && slots >= -1 ? slots : null;
}

function errorsOf(refusal: SchedulerRefusal): Readonly<Record<string, string>> {
  const field = ["name", "slots", "description"].find((name) => name === refusal.field) ?? "";
  return { [field]: refusal.message };
}

async function showForm(c: AppContext, props: PoolFormProps) {
  const title = props.isNew ? "New pool" : `Change ${props.typed.name}`;
  return show(c, title, <PoolForm {...props} />, Object.keys(props.errors).length > 0);
}

async function askDeletion(c: AppContext, pool: PoolSettings, error?: string) {
  return show(c, "Delete a pool", <PoolDeletionForm pool={pool} error={error} />, error !== undefined);
}

async function showLimit(c: AppContext, typed: string, error?: string) {
  return show(c, "Limit of the deployment", <LimitForm typed={typed} error={error} />, error !== undefined);
}

async function show(c: AppContext, title: string, content: ReturnType<typeof PoolForm>, isRefused: boolean) {
  const importErrorCount = await importErrorCountOf(c);
  const crumbs = [
    { label: "Pools", href: paths.pools },
    { label: title, href: null },
  ];
  const view = { title, crumbs, form: content, nav: "pools" as const, shell: () => shellOf(c, importErrorCount) };
  return respondWithForm(c, view, isRefused ? 422 : 200);
}
