import type { DagSpec, TaskSpec } from "../../src/dag/spec.ts";
import { dagId, taskId } from "../fixtures/projections.ts";

export function makeTaskSpec(id: string, given: Partial<TaskSpec> = {}): TaskSpec {
  return {
    taskId: taskId(id),
    groupId: null,
    description: null,
    docs: null,
    owner: "ann",
    upstream: [],
    inputs: {},
    triggerRule: "all_success",
    retries: 2,
    retryDelayMs: 90_500,
    retryExponentialBackoff: 0,
    maxRetryDelayMs: null,
    executionTimeoutMs: null,
    pool: "default_pool",
    poolSlots: 1,
    priorityWeight: 1,
    executor: "queue",
    queue: null,
    ...given,
  };
}

/** A DAG of two tasks in a chain. */
export function makeSpec(id: string, given: Partial<DagSpec> = {}): DagSpec {
  return {
    v: 1,
    dagId: dagId(id),
    description: "Two tasks",
    docs: "# Docs",
    owner: "ann",
    tags: ["example"],
    schedule: { type: "manual" },
    startAt: Date.UTC(2026, 0, 1),
    endAt: null,
    catchup: false,
    maxActiveRuns: 16,
    maxActiveTasks: null,
    dagRunTimeoutMs: 86_400_000 + 3_600_000,
    isPausedUponCreation: false,
    params: { type: "object", properties: { year: { type: "integer" } } },
    tasks: [makeTaskSpec("extract"), makeTaskSpec("load", { upstream: [taskId("extract")] })],
    groups: [],
    ...given,
  };
}
