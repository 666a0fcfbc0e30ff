import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DagSpec } from "../../src/dag/spec.ts";
import { RUNNING } from "../../src/engine/states.ts";
import { graphOf, spec, World } from "../fixtures/engine-world.ts";

const action = fc.oneof(
  fc.constant({ type: "claim" } as const),
  fc.record({ type: fc.constant("end" as const), isSuccess: fc.boolean() }),
  fc.record({ type: fc.constant("tick" as const), ms: fc.constantFrom(1_000, 30_000, 90_000, 600_000) }),
  fc.constant({ type: "heartbeat" } as const),
  fc.constant({ type: "trigger" } as const),
  fc.record({ type: fc.constant("mark" as const), state: fc.constantFrom("success" as const, "failed" as const) }),
  fc.constant({ type: "clear" } as const),
  fc.constant({ type: "restart" } as const),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function dagWith(callbacks: boolean): DagSpec {
  const watched = callbacks ? { callbacks: ["failure", "retry"] as const } : {};
  const options = { ...watched, retries: 1, retryDelayMs: 1_000, executionTimeoutMs: 200_000 };
  return spec({
    tasks: graphOf("a>b>c a>d", { a: options, b: options, c: options, d: options }),
    dagRunTimeoutMs: 1_500_000,
    ...(callbacks && {
      callbacks: ["success", "failure"],
      deadlines: [{ reference: { type: "queued_at" }, intervalMs: 1 }],
    }),
  });
}

function play(world: World, action: Action): void {
  const run = [...world.state.runs.values()].at(-1);
  const taskId = run?.graph.tasks.find(({ index }) => run.stateOf[index] === RUNNING)?.spec.taskId;
  switch (action.type) {
    case "claim":
      if (world.queue.length > 0) world.claimAll("i");
      return;
    case "end":
      if (run === undefined || taskId === undefined) return;
      world.report(
        taskId,
        action.isSuccess ? { type: "success" } : { type: "failed", retry: { type: "allowed" }, reason: null },
        { run: run.runId },
      );
      return;
    case "tick":
      world.tick(action.ms);
      return;
    case "heartbeat":
      world.heartbeat("i");
      return;
    case "trigger":
      world.trigger();
      return;
    case "mark":
      if (run !== undefined && run.state === "running") world.mark(action.state, run.runId);
      return;
    case "clear":
      if (run !== undefined && run.state === "failed") world.clear(["a"], run.runId);
      return;
    case "restart":
      world.restart();
  }
}

describe("callbacks whatever happens", () => {
  it("[K3] no cause orders twice, and every lost try that has a callback orders it", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const world = new World(dagWith(true));
        for (const one of actions) play(world, one);
        const causes = world.steps.flatMap((step) => step.callbacks.map(({ run, cause }) => `${run.runId} ${cause}`));
        expect(new Set(causes).size).toBe(causes.length);
        const lost = new Set(["heartbeat_lost", "queue_timeout", "execution_timeout"]);
        const closed = world.steps.flatMap((step) => step.closedTries.filter(({ reason }) => lost.has(reason)));
        const retries = causes.filter((cause) => cause.includes(" retry:"));
        expect(retries).toHaveLength(closed.filter(({ state }) => state === "failed").length);
      }),
      { numRuns: 300 },
    );
  });

  it("[K6] a DAG with callbacks does at every step what it does without", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const [silent, watched] = [new World(dagWith(false)), new World(dagWith(true))];
        for (const one of actions) {
          play(silent, one);
          play(watched, one);
          expect(watched.instanceRows).toEqual(silent.instanceRows);
          expect([...watched.runRows.values()]).toEqual([...silent.runRows.values()]);
          expect(watched.queue).toEqual(silent.queue);
        }
      }),
      { numRuns: 200 },
    );
  });
});
