/**
 * Deadline alerts: by when a run is expected to have succeeded. A due instant is fixed as soon as its reference is known
 * (when the run is queued, or started) and does not move with an edit of the DAG; the shell keeps it as a row until the run
 * succeeds or the instant passes.
 */
import type { DeadlineSpec } from "../dag/spec.ts";

export interface DueDeadline {
  /** Place in the spec's `deadlines`. */
  readonly index: number;
  readonly dueAt: number;
}

interface Queued {
  readonly queuedAt: number;
  readonly logicalAt: number | null;
}

/** What a new run has to meet, as far as that is known before it starts. A run without a logical date misses none by it. */
export function deadlinesOfNewRun(deadlines: readonly DeadlineSpec[], run: Queued): readonly DueDeadline[] {
  return deadlines.flatMap(({ reference, intervalMs }, index) => {
    const at = referenceAt(reference, run);
    return at === null ? [] : { index, dueAt: at + intervalMs };
  });
}

function referenceAt(reference: DeadlineSpec["reference"], run: Queued): number | null {
  if (reference.type === "queued_at") return run.queuedAt;
  if (reference.type === "logical_date") return run.logicalAt;
  return reference.type === "fixed" ? reference.at : null;
}

/** A cleared run is queued anew. Dates that it met or missed before do not come again. */
export function deadlinesOfClearedRun(deadlines: readonly DeadlineSpec[], run: Queued): readonly DueDeadline[] {
  return deadlinesOfNewRun(deadlines, run).filter(({ index }) => deadlines[index]?.reference.type === "queued_at");
}

/**
 * What a run has to meet from its start on. `runtimesMs` are those of the last successful runs, the latest first; with
 * fewer than the mean is to be taken of, there is no deadline yet.
 */
export function deadlinesOfStartedRun(
  deadlines: readonly DeadlineSpec[],
  run: { readonly startAt: number; readonly runtimesMs: readonly number[] },
): readonly DueDeadline[] {
  return deadlines.flatMap(({ reference, intervalMs }, index) => {
    if (reference.type !== "average_runtime") return [];
    const runtimes = run.runtimesMs.slice(0, reference.count);
    if (runtimes.length < reference.count || runtimes.length === 0) return [];
    const mean = runtimes.reduce((sum, ms) => sum + ms, 0) / runtimes.length;
    return { index, dueAt: Math.round(run.startAt + mean + intervalMs) };
  });
}

/** How many runtimes the start of a run asks for; 0 when none. */
export function wantedRuntimeCount(deadlines: readonly DeadlineSpec[]): number {
  return deadlines.reduce(
    (most, { reference }) => (reference.type === "average_runtime" ? Math.max(most, reference.count) : most),
    0,
  );
}
