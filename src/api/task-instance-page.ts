import type { OffsetPage } from "../catalog/filter.ts";
import type { TaskInstanceFilter, TaskInstanceOrder } from "../catalog/sql/task-instances.ts";
import type { TaskInstanceView } from "../platform.ts";

export type InstancePage = OffsetPage & { readonly order: TaskInstanceOrder; readonly descending: boolean };

/**
 * One page of the task instances of one run, for a list that came whole from its object. It filters and sorts as the
 * catalog's query does, so that a list does not change its mind when the run ends.
 */
export function pageOfInstances(
  all: readonly TaskInstanceView[],
  filter: TaskInstanceFilter,
  page: InstancePage,
): { readonly rows: readonly TaskInstanceView[]; readonly total: number } {
  const rows = all.filter((instance) => matches(instance, filter));
  if (page.order === "key" && page.descending) rows.reverse();
  if (page.order !== "key") rows.sort(comparison(page.order, page.descending ? -1 : 1));
  return { rows: rows.slice(page.offset, page.offset + page.limit), total: rows.length };
}

function matches(instance: TaskInstanceView, filter: TaskInstanceFilter): boolean {
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

function isWithin(at: number | null, range: TaskInstanceFilter["start"]): boolean {
  if (range?.from === undefined && range?.to === undefined) return true;
  return at !== null && at >= (range.from ?? at) && at <= (range.to ?? at);
}

type SortKey = Exclude<TaskInstanceOrder, "key">;

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
