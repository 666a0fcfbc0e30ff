import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { can } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { sha256 } from "../../../auth/secret.ts";
import { readOne } from "../../../catalog/port.ts";
import { readDag, readDagRun } from "../../../catalog/read-through.ts";
import { dagVersions } from "../../../catalog/sql/dag-versions.ts";
import { isRunId } from "../../../dag/ids.ts";
import { canonicalJson, type Json } from "../../../lib/json.ts";
import type { DagRunView } from "../../../platform.ts";
import { readConfText } from "../../conf-text.ts";
import { parseInstant } from "../../instant-input.ts";
import { paths } from "../../paths.ts";
import { dagIdOf } from "../../request.ts";
import { clockOf, done, respondWithForm, shellOf } from "../../respond.tsx";
import { importErrorCountOf } from "../runs/routes.tsx";
import { confOf, type Field, type FormReader, fieldsOf } from "./fields.ts";
import { PARAM_PREFIX } from "./param-field.tsx";
import { INSTANT_FIELDS, TriggerForm } from "./trigger-form.tsx";

export const triggerRoutes = new Routes("page");

triggerRoutes.get(
  "/dags/:dag_id/trigger",
  { permission: "run.trigger", query: z.object({ from_run: z.string().optional() }) },
  async (c, { query }) => {
    const { dag, schema } = await dagOf(c);
    const before = query.from_run && isRunId(query.from_run) ? await runOf(c, query.from_run) : null;
    const fields = fieldsOf(schema, before?.conf ?? {});
    const typed: Record<string, string> =
      before === null || fields.length > 0 ? {} : { conf: JSON.stringify(before.conf, null, 2) };
    return showForm(c, {
      isPaused: dag.isPaused,
      fields,
      typed,
      errors: {},
      idempotencyKey: platformOf(c).ids.random(16),
    });
  },
);

const MAX_TEXT = 200_000;
const triggerForm = z.record(
  z.string().max(300),
  z.union([z.string().max(MAX_TEXT), z.array(z.string().max(MAX_TEXT))]),
);

triggerRoutes.post("/dags/:dag_id/runs", { permission: "run.trigger", form: triggerForm }, async (c, { body }) => {
  const { dag, schema } = await dagOf(c);
  const fields = fieldsOf(schema);
  const text = (name: string) => textOf(body[name]);
  const list = (name: string) => [body[name] ?? []].flat();
  const read = readForm(fields, { text, list }, clockOf(c).zone);
  const idempotencyKey = text("idempotency_key") ?? platformOf(c).ids.random(16);
  const typed = typedOf(fields, { text, list });
  if (Object.keys(read.errors).length > 0) {
    return showForm(c, { isPaused: dag.isPaused, fields, typed, errors: read.errors, idempotencyKey });
  }
  const { runId, conf, note } = read;
  const { logical_date: logicalAt, run_after: runAfterAt, data_interval_start: startAt } = read.instants;
  const endAt = read.instants.data_interval_end;
  const reply = await platformOf(c)
    .schedulers.get(dag.dagId)
    .trigger({
      runId,
      logicalAt,
      ...(startAt !== null && endAt !== null && { dataInterval: { startAt, endAt } }),
      ...(runAfterAt !== null && { runAfterAt }),
      conf,
      note,
      idempotencyKey,
      bodyHash: await sha256(canonicalJson({ runId, conf, note, ...read.instants })),
      actor: actorOf(c),
    });
  if (reply.ok) {
    // The run stands in the queue whatever becomes of this: nothing was asked that could be lost.
    if (text("resume") === "true" && can(principalOf(c), "dag.edit", dag.dagId))
      await platformOf(c).schedulers.get(dag.dagId).setPaused(false, actorOf(c));
    return done(c, paths.run(dag.dagId, reply.run.runId), { tone: "done", text: `Triggered ${dag.dagId}` });
  }
  if (reply.code === "not_found") throw notFound(c);
  const errors = { [formField(reply.field, fields)]: reply.message };
  return showForm(
    c,
    { isPaused: dag.isPaused, fields, typed, errors, idempotencyKey },
    reply.code === "conflict" ? 409 : 422,
  );
});

interface ShownForm {
  readonly isPaused: boolean;
  readonly fields: readonly Field[];
  readonly typed: Readonly<Record<string, string>>;
  readonly errors: Readonly<Record<string, string>>;
  readonly idempotencyKey: string;
}

async function showForm(c: AppContext, shown: ShownForm, status?: 409 | 422) {
  const dagId = dagIdOf(c);
  const importErrorCount = await importErrorCountOf(c);
  const view = {
    title: `Trigger ${dagId}`,
    crumbs: [
      { label: "DAGs", href: paths.dags },
      { label: dagId, href: paths.dag(dagId) },
      { label: "Trigger", href: null },
    ],
    form: <TriggerForm dagId={dagId} conf={initialConf(shown.fields)} {...shown} />,
    shell: () => shellOf(c, importErrorCount),
  };
  return respondWithForm(c, view, status ?? (Object.keys(shown.errors).length > 0 ? 422 : 200));
}

async function dagOf(c: AppContext) {
  const platform = platformOf(c);
  const dagId = dagIdOf(c);
  const [dag, version] = await Promise.all([
    readDag(platform, dagId),
    readOne(platform.catalog, dagVersions.latest(dagId)),
  ]);
  if (dag === null) throw notFound(c);
  return { dag, schema: version?.spec.params ?? null };
}

function runOf(c: AppContext, runId: DagRunView["runId"]): Promise<DagRunView | null> {
  return readDagRun(platformOf(c), dagIdOf(c), runId);
}

function textOf(value: string | readonly string[] | undefined): string | null {
  const text = typeof value === "string" ? value : value?.at(-1);
  // Browsers send line breaks of text areas as CRLF.
  return text === undefined ? null : text.replaceAll("\r\n", "\n");
}

const INTERVAL_ENDS = [
  ["data_interval_start", "data_interval_end"],
  ["data_interval_end", "data_interval_start"],
] as const;

interface TriggerInput {
  readonly runId: string | null;
  readonly instants: Readonly<Record<(typeof INSTANT_FIELDS)[number], number | null>>;
  readonly conf: Json;
  readonly note: string | null;
  readonly errors: Readonly<Record<string, string>>;
}

function readForm(fields: readonly Field[], form: FormReader, zone: string): TriggerInput {
  const errors: Record<string, string> = {};
  const { text } = form;
  const ofParam = {
    text: (name: string) => text(`${PARAM_PREFIX}${name}`),
    list: (name: string) => form.list(`${PARAM_PREFIX}${name}`),
  };
  const isRaw = fields.length === 0 || text("use_conf") === "true";
  const read = isRaw ? rawConf(text("conf")) : confOf(fields, ofParam, zone);
  const instants = {
    logical_date: null,
    data_interval_start: null,
    data_interval_end: null,
    run_after: null,
  } as Record<(typeof INSTANT_FIELDS)[number], number | null>;
  for (const name of INSTANT_FIELDS) {
    const at = parseInstant(text(name) ?? "", zone);
    if (at === undefined) errors[name] = "Expected a date such as 2026-01-31T06:00";
    instants[name] = at ?? null;
  }
  for (const [name, other] of INTERVAL_ENDS) {
    const isAlone = !errors[other] && instants[name] === null && instants[other] !== null;
    if (isAlone && !errors[name]) errors[name] = "Give both ends of the data interval, or none";
  }
  return {
    runId: text("run_id")?.trim() || null,
    instants,
    conf: read.conf,
    note: text("note") || null,
    errors: { ...errors, ...read.errors },
  };
}

function initialConf(fields: readonly Field[]): Json {
  return Object.fromEntries(fields.flatMap(({ name, initial }) => (initial === undefined ? [] : [[name, initial]])));
}

function rawConf(text: string | null): { readonly conf: Json; readonly errors: Readonly<Record<string, string>> } {
  const read = readConfText(text);
  return read.ok ? { conf: read.conf, errors: {} } : { conf: {}, errors: { conf: read.error } };
}

function typedOf(fields: readonly Field[], form: FormReader): Readonly<Record<string, string>> {
  const typed: Record<string, string> = { resume: form.text("resume") ?? "false" };
  for (const name of ["conf", "use_conf", ...INSTANT_FIELDS, "run_id", "note"]) typed[name] = form.text(name) ?? "";
  for (const field of fields) {
    const name = `${PARAM_PREFIX}${field.name}`;
    typed[field.name] = field.kind === "choices" ? JSON.stringify(form.list(name)) : (form.text(name) ?? "");
  }
  return typed;
}

/** The input that a refusal is about: `conf.year` is the param `year`; what has no input is about the whole form. */
function formField(field: string | null, fields: readonly Field[]): string {
  const name = field?.replace(/^conf\.?/, "").split(".")[0] ?? "";
  if (field === "conf" || (field?.startsWith("conf") && fields.length === 0)) return fields.length === 0 ? "conf" : "";
  if (fields.some((known) => known.name === name)) return name;
  return RUN_FIELDS[name] ?? "";
}

/** Fields of the run itself, as the API and as the schedulers call them. */
const RUN_FIELDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(INSTANT_FIELDS.map((field) => [field, field])),
  logicalAt: "logical_date",
  dag_run_id: "run_id",
  runId: "run_id",
};
