import { describe, expect, it } from "vitest";
import type { DeadlineSpec } from "../../src/dag/spec.ts";
import { deadlinesOfClearedRun, deadlinesOfNewRun, deadlinesOfStartedRun } from "../../src/engine/deadlines.ts";

const HOUR = 3_600_000;
const deadlines: readonly DeadlineSpec[] = [
  { reference: { type: "queued_at" }, intervalMs: HOUR },
  { reference: { type: "logical_date" }, intervalMs: 2 * HOUR },
  { reference: { type: "fixed", at: 100 * HOUR }, intervalMs: -HOUR },
  { reference: { type: "average_runtime", count: 3 }, intervalMs: 1_000 },
];

describe("deadlines", () => {
  it("[K7] what counts from being queued, from the logical date or a fixed date is known with the run", () => {
    expect(deadlinesOfNewRun(deadlines, { queuedAt: 10 * HOUR, logicalAt: 5 * HOUR })).toEqual([
      { index: 0, dueAt: 11 * HOUR },
      { index: 1, dueAt: 7 * HOUR },
      { index: 2, dueAt: 99 * HOUR },
    ]);
  });

  it("[K7] a run without a logical date has none by it", () => {
    expect(deadlinesOfNewRun(deadlines, { queuedAt: 0, logicalAt: null }).map(({ index }) => index)).toEqual([0, 2]);
  });

  it("[K7] the mean is of the latest successes, counts from the start, and needs as many as it is of", () => {
    const of = (runtimesMs: readonly number[]) => deadlinesOfStartedRun(deadlines, { startAt: 1_000, runtimesMs });
    expect(of([3_000, 6_000, 9_000, 900_000])).toEqual([{ index: 3, dueAt: 1_000 + 6_000 + 1_000 }]);
    expect(of([3_000, 6_000])).toEqual([]);
    expect(of([])).toEqual([]);
  });

  it("[K8] of a cleared run what counts from being queued is due again at once, dates are not", () => {
    expect(deadlinesOfClearedRun(deadlines, { queuedAt: 50 * HOUR, logicalAt: 5 * HOUR })).toEqual([
      { index: 0, dueAt: 51 * HOUR },
    ]);
  });
});
