/**
 * Task instances of one run, a page at a time: chosen and sorted by the columns in memory, and only those of the page are
 * made into what is told of them.
 */
import { LANES } from "../engine/graph.ts";
import type { RunState } from "../engine/run-state.ts";
import { NONE, stateName } from "../engine/states.ts";
import {
  MAX_LISTED_INSTANCES,
  type TaskInstancePage,
  type TaskInstanceQuery,
  type TaskInstanceView,
} from "../platform.ts";
import type { Loaded } from "./load.ts";
import type { StateSql } from "./ports.ts";
import { extrasOf, taskInstanceView } from "./views.ts";

const LISTED_MESSAGE_CHARS = 300;

export function instancePage(sql: StateSql, loaded: Loaded, run: RunState, query: TaskInstanceQuery): TaskInstancePage {
  const places = placesOf(run, query);
  sort(run, places, query);
  const offset = query.offset ?? 0;
  const limit = Math.min(query.limit, MAX_LISTED_INSTANCES);
  return { rows: viewsOf(sql, loaded, run, places.slice(offset, offset + limit)), total: places.length };
}

export function viewsOf(
  sql: StateSql,
  loaded: Loaded,
  run: RunState,
  places: readonly number[],
): readonly TaskInstanceView[] {
  if (places.length === 0) return [];
  const keys = places.map((place) => [run.taskAt(place).spec.taskId, run.mapIndex[place] ?? -1]);
  // CROSS JOIN keeps the keys outside and looks each row up. A page must fit into one call: of an error it has what a list
  // shows, and the whole of it is told with the one task instance.
  const rows = sql.exec(
    `SELECT t.task_id, t.map_index, CASE WHEN t.error IS NOT NULL THEN json_object('name', t.error ->> 'name',
       'message', substr(t.error ->> 'message', 1, ${LISTED_MESSAGE_CHARS}), 'stack', NULL, 'causes', json('[]')) END AS error,
       t.bundle_id, t.log_chunk_count, t.note, t.instance_name, t.version FROM json_each(?2) AS k
     CROSS JOIN task_instance AS t ON t.run_seq = ?1 AND t.task_id = k.value ->> 0 AND t.map_index = k.value ->> 1`,
    run.seq,
    JSON.stringify(keys),
  );
  const rowOf = new Map(rows.map((row) => [`${row["task_id"]} ${row["map_index"]}`, row]));
  return places.map((place, at) => {
    const row = rowOf.get((keys[at] ?? []).join(" "));
    return taskInstanceView(loaded.state.dagId, run, place, extrasOf(row), Number(row?.["version"] ?? 0));
  });
}

function placesOf(run: RunState, query: TaskInstanceQuery): number[] {
  const places: number[] = [];
  for (const { index, spec } of run.graph.tasks) {
    if (query.taskId !== undefined && spec.taskId !== query.taskId) continue;
    if (!isOneOf(spec.pool, query.pools) || !isOneOf(spec.executor, query.executors)) continue;
    run.forEachPlace(index, (place) => {
      if (isAskedFor(run, place, query)) places.push(place);
    });
  }
  return places;
}

function isAskedFor(run: RunState, place: number, query: TaskInstanceQuery): boolean {
  return (
    (query.mapIndex === undefined || run.mapIndex[place] === query.mapIndex) &&
    isOneOf(stateName(run.stateOf[place] ?? NONE), query.states) &&
    isOneOf(LANES[run.laneOf[place] ?? 0] ?? "", query.queues) &&
    isWithin(run.startAtOf[place], query.start) &&
    isWithin(run.endAtOf[place], query.end)
  );
}

function isOneOf(value: string, wanted: readonly string[] | undefined): boolean {
  return wanted === undefined || wanted.includes(value);
}

/** An instant of 0 is none. */
function isWithin(at: number | undefined, range: TaskInstanceQuery["start"]): boolean {
  if (range?.from === undefined && range?.to === undefined) return true;
  return at !== undefined && at > 0 && at >= (range.from ?? at) && at <= (range.to ?? at);
}

/** The places come in the order of the key; sorting keeps it among equals, as the catalog's query does. */
function sort(run: RunState, places: number[], { order = "key", descending = false }: TaskInstanceQuery): void {
  if (order === "key") {
    if (descending) places.reverse();
    return;
  }
  const values: Record<typeof order, (place: number) => number | string> = {
    start_at: (place) => run.startAtOf[place] ?? 0,
    end_at: (place) => run.endAtOf[place] ?? 0,
    state: (place) => stateName(run.stateOf[place] ?? NONE),
    priority_weight: (place) => run.taskAt(place).weight,
  };
  const value = values[order];
  const sign = descending ? -1 : 1;
  places.sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    return left < right ? -sign : left > right ? sign : 0;
  });
}
