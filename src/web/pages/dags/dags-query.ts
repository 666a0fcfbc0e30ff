/** The view state of the list of DAGs: all of it stands in the address. */
import { z } from "zod";
import type { AllowedDagIds } from "../../../catalog/filter.ts";
import { DAG_SORTS, type DagSort } from "../../../catalog/sql/dag-list.ts";
import type { DagFilter } from "../../../catalog/sql/dags.ts";
import { DAG_RUN_STATES } from "../../../engine/states.ts";
import type { FilterChip } from "../../parts/filter-chips.tsx";
import { paths } from "../../paths.ts";

const text = z.string().max(250).catch("");
const MAX_TAGS = 10;

// An address that was mistyped or has aged shows the list all the same: what is not understood falls back.
export const dagFilterShape = {
  q: text,
  paused: z.enum(["all", "no", "yes"]).catch("all"),
  /** State of the latest run, or "" for any. */
  state: z.enum(["", ...DAG_RUN_STATES]).catch(""),
  owner: text,
  /** Those that have all of these tags. */
  tag: z
    .union([z.string().max(250), z.array(z.string().max(250)).max(MAX_TAGS)])
    .catch([])
    .transform((tags) => [...new Set([tags].flat().filter((tag) => tag !== ""))]),
};

export const dagsQueryShape = z.object({
  ...dagFilterShape,
  /** A minus turns the order round. */
  sort: z
    .string()
    .regex(/^-?[a-z_]+$/)
    .catch("name")
    .transform((sort) => (DAG_SORTS.includes(sort.replace("-", "") as DagSort) ? sort : "name")),
});

export type DagsFilterQuery = z.output<z.ZodObject<typeof dagFilterShape>>;
export type DagsQuery = z.output<typeof dagsQueryShape>;

export function sortOf(query: DagsQuery): { readonly sort: DagSort; readonly descending: boolean } {
  return { sort: query.sort.replace("-", "") as DagSort, descending: query.sort.startsWith("-") };
}

export function filterOf(query: DagsFilterQuery, allowedDagIds: AllowedDagIds): DagFilter {
  return {
    allowedDagIds,
    search: query.q,
    isPaused: query.paused === "all" ? undefined : query.paused === "yes",
    latestRunStates: query.state === "" ? undefined : [query.state],
    owners: query.owner === "" ? undefined : [query.owner],
    tags: query.tag.length === 0 ? undefined : query.tag,
    tagsMatch: "all",
  };
}

/** The query as pairs, without what is at its default. */
export function pairsOf(query: Partial<DagsQuery>): readonly (readonly [string, string])[] {
  const { q, paused, state, owner, tag, sort } = query;
  const one = (name: string, value: string | undefined, initial = ""): readonly (readonly [string, string])[] =>
    value === undefined || value === initial ? [] : [[name, value]];
  return [
    ...one("q", q),
    ...one("paused", paused, "all"),
    ...one("state", state),
    ...one("owner", owner),
    ...(tag ?? []).map((name) => ["tag", name] as const),
    ...one("sort", sort, "name"),
  ];
}

/** The address of the list. */
export function dagsAddress(query: Partial<DagsQuery>, after?: string): string {
  const parameters = new URLSearchParams([...pairsOf(query)].map(([name, value]) => [name, value]));
  if (after !== undefined) parameters.set("after", after);
  return parameters.size === 0 ? paths.dags : `${paths.dags}?${parameters}`;
}

export function chipsOfDags(query: DagsQuery): readonly FilterChip[] {
  const chips: FilterChip[] = [];
  const add = (name: string, value: string, rest: Partial<DagsQuery>) =>
    chips.push({ name, value, href: dagsAddress({ ...query, ...rest }) });
  if (query.q !== "") add("Search", query.q, { q: "" });
  if (query.paused !== "all") add("Schedule", query.paused === "yes" ? "paused" : "active", { paused: "all" });
  if (query.state !== "") add("Latest run", query.state, { state: "" });
  if (query.owner !== "") add("Owner", query.owner, { owner: "" });
  for (const tag of query.tag) add("Tag", tag, { tag: query.tag.filter((other) => other !== tag) });
  return chips;
}
