/** The rows of a Gantt chart: one per task instance, with all of its tries. */
import type { TrySpan } from "../../../catalog/sql/gantt.ts";

export interface GanttRow {
  readonly taskId: string;
  readonly mapIndex: number;
  readonly instanceName: string | null;
  /** Oldest first. */
  readonly tries: readonly TrySpan[];
}

/** In the order in which they began. What a try is now, and what its history says, are one. */
export function ganttRows(spans: readonly TrySpan[]): readonly GanttRow[] {
  const rows = new Map<string, Map<number, TrySpan>>();
  for (const span of spans) {
    const key = `${span.taskId} ${span.mapIndex}`;
    const tries = rows.get(key) ?? new Map<number, TrySpan>();
    rows.set(key, tries);
    const known = tries.get(span.tryNumber);
    // The history knows how a try ended that a retry follows.
    if (known === undefined || known.state === "up_for_retry") tries.set(span.tryNumber, span);
  }
  return [...rows.values()]
    .map((tries) => [...tries.values()].sort((a, b) => a.tryNumber - b.tryNumber))
    .flatMap((tries) => {
      const last = tries.at(-1);
      return last === undefined ? [] : [{ ...last, tries }];
    })
    .map(({ taskId, mapIndex, instanceName, tries }) => ({ taskId, mapIndex, instanceName, tries }))
    .sort((a, b) => beginOf(a) - beginOf(b) || (a.taskId < b.taskId ? -1 : 1) || a.mapIndex - b.mapIndex);
}

function beginOf({ tries }: GanttRow): number {
  return Math.min(...tries.map(({ queuedAt, startAt }) => queuedAt ?? startAt ?? Number.POSITIVE_INFINITY));
}

/** How long all tries waited and ran. */
export function totalsOf({ tries }: GanttRow, now: number): { readonly queuedMs: number; readonly ranMs: number } {
  let queuedMs = 0;
  let ranMs = 0;
  for (const { queuedAt, startAt, endAt } of tries) {
    const end = endAt ?? now;
    if (queuedAt !== null) queuedMs += Math.max(0, (startAt ?? end) - queuedAt);
    if (startAt !== null) ranMs += Math.max(0, end - startAt);
  }
  return { queuedMs, ranMs };
}
