/** The checks that stand before each commit: what each of them refuses. */
import { describe, expect, test } from "vitest";
import type { DagId, RunId } from "../../src/dag/ids.ts";
import { newDagState } from "../../src/engine/dag-state.ts";
import { DEFAULT_SETTINGS } from "../../src/engine/defaults.ts";
import { compileGraph } from "../../src/engine/graph.ts";
import { RunState } from "../../src/engine/run-state.ts";
import { brokenRun } from "../../src/engine/soundness.ts";
import { NONE, QUEUED, RUNNING, SUCCESS } from "../../src/engine/states.ts";
import { newStep } from "../../src/engine/step.ts";
import { spec, task } from "../fixtures/engine-dag.ts";

function stepOf(states: readonly number[], state: "running" | "success" = "running") {
  const graph = compileGraph(spec({ maxActiveTasks: 1, tasks: [task("a"), task("b")] }), 1);
  const times = { logicalAt: null, runAfterAt: 0, queuedAt: 0, startAt: 0, endAt: state === "success" ? 1 : null };
  const record = {
    seq: 1,
    runId: "r" as RunId,
    runType: "manual",
    state,
    clearNumber: 0,
    reason: null,
    backfill: null,
    ...times,
  } as const;
  const run = new RunState(record, graph);
  states.forEach((code, place) => {
    run.stateOf[place] = code;
    run.countChange(place, NONE, code);
  });
  const step = newStep(newDagState("d" as DagId, 0, DEFAULT_SETTINGS), 0);
  step.touched.add(run);
  step.wakeAt = 1;
  return { step, run };
}

describe("[D7] a step is not committed", () => {
  test("when more is active than the run allows", () => {
    const { step, run } = stepOf([QUEUED, RUNNING]);
    step.sends.push({ run, place: 0, lane: "tasks" });
    expect(brokenRun(step)?.problem).toBe("2 task instances are active, of at most 1");
  });

  test("when a run has ended with a try under way, or not ended with all of them over", () => {
    expect(brokenRun(stepOf([SUCCESS, QUEUED], "success").step)?.problem).toContain("not over");
    expect(brokenRun(stepOf([SUCCESS, SUCCESS]).step)?.problem).toContain("all its task instances are over");
  });

  test("when nothing would wake for what is due", () => {
    const { step } = stepOf([QUEUED, NONE]);
    step.wakeAt = null;
    expect(brokenRun(step)?.problem).toContain("nothing would wake");
  });

  test("when a grant is not the live one", () => {
    const { step, run } = stepOf([RUNNING, NONE]);
    step.grants.push({ run, place: 0, token: 7 });
    expect(brokenRun(step)?.problem).toContain("the grant 7");
  });

  test("and otherwise it is, also where a version with a lower limit found more active", () => {
    expect(brokenRun(stepOf([QUEUED, RUNNING]).step)).toBeNull();
    expect(brokenRun(stepOf([SUCCESS, QUEUED]).step)).toBeNull();
    expect(brokenRun(stepOf([SUCCESS, SUCCESS], "success").step)).toBeNull();
  });
});
