/** What the object does with its columns, over a list of whole task instances. */
import type { TaskInstancePage, TaskInstanceQuery, TaskInstanceView } from "../../src/platform.ts";

export function pageOfInstances(all: readonly TaskInstanceView[], query: TaskInstanceQuery): TaskInstancePage {
  const { order = "key", descending = false, offset = 0, limit } = query;
  const rows = all.filter((instance) => matches(instance, query));
  if (order === "key" && descending) rows.reverse();
  if (order !== "key") rows.sort(comparison(order, descending ? -1 : 1));
  return { rows: rows.slice(offset, offset + limit), total: rows.length };
}

function matches(instance: TaskInstanceView, filter: TaskInstanceQuery): boolean {
  return (
    (filter.taskId === undefined || instance.taskId === filter.taskId) &&
    (filter.mapIndex === undefined || instance.mapIndex === filter.mapIndex) &&
    isOneOf(instance.state, filter.states) &&
    isOneOf(instance.pool, filter.pools) &&
    isOneOf(instance.queue, filter.queues) &&
    isOneOf(instance.executor, filter.executors) &&
    isWithin(instance.startAt, filter.start) &&
    isWithin(instance.endAt, filter.end)
  );
}

function isOneOf<T>(value: T, wanted: readonly T[] | undefined): boolean {
  return wanted === undefined || wanted.includes(value);
}

function isWithin(at: number | null, range: TaskInstanceQuery["start"]): boolean {
  if (range?.from === undefined && range?.to === undefined) return true;
  return at !== null && at >= (range.from ?? at) && at <= (range.to ?? at);
}

type SortKey = Exclude<NonNullable<TaskInstanceQuery["order"]>, "key">;

const sortValue: Readonly<Record<SortKey, (instance: TaskInstanceView) => number | string>> = {
  // SQLite sorts NULL first.
  start_at: ({ startAt }) => startAt ?? Number.NEGATIVE_INFINITY,
  end_at: ({ endAt }) => endAt ?? Number.NEGATIVE_INFINITY,
  state: ({ state }) => state,
  priority_weight: ({ priorityWeight }) => priorityWeight,
};

function comparison(order: SortKey, sign: 1 | -1): (a: TaskInstanceView, b: TaskInstanceView) => number {
  const value = sortValue[order];
  return (a, b) => (value(a) < value(b) ? -sign : value(a) > value(b) ? sign : 0);
}
