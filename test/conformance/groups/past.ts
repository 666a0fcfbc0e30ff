/** `depends_on_past` and `wait_for_downstream`: what a task asks of the run before. */
import { z } from "zod";
import type { RunId } from "../../../src/dag/ids.ts";
import { linkPrevious } from "../../../src/engine/dag-run.ts";
import { compileGraph } from "../../../src/engine/graph.ts";
import { isPastMet } from "../../../src/engine/past.ts";
import { TASK_INSTANCE_STATES } from "../../../src/engine/states.ts";
import { assert } from "../../../src/lib/assert.ts";
import { spec, task } from "../../fixtures/engine-dag.ts";
import { expectSame, group, PASSED } from "../group.ts";
import { runOfGraph } from "../worlds.ts";

const pastCase = z.strictObject({
  id: z.string().optional(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  depends_on_past: z.boolean(),
  wait_for_downstream: z.boolean(),
  /** The run is to start whatever was before, as the first run of a backfill is. */
  ignore: z.boolean(),
  /** The state of the task in the run before, null without a state; and whether all directly behind it is done. */
  prev: z
    .strictObject({
      ti: z.enum(TASK_INSTANCE_STATES.filter((state) => state !== "none")).nullable(),
      downstream_done: z.boolean(),
    })
    .nullable(),
  expect: z.boolean(),
});

export const prevDagRun = group<z.infer<typeof pastCase>>({
  shape: pastCase,
  id: (one) =>
    one.id ??
    [
      one.depends_on_past ? "depends_on_past" : "",
      one.wait_for_downstream ? "wait_for_downstream" : "",
      one.ignore ? "ignore" : "",
      JSON.stringify(one.prev),
    ]
      .filter((part) => part !== "")
      .join(" "),
  check(one) {
    const flags = {
      ...(one.depends_on_past ? ({ dependsOnPast: true } as const) : {}),
      ...(one.wait_for_downstream ? ({ waitForDownstream: true } as const) : {}),
    };
    const graph = compileGraph(spec({ tasks: [task("t", flags), task("after", { upstream: ["t"] })] }), 1);
    const run = runOfGraph(graph, {}, { seq: 2, runId: "r2" as RunId, logicalAt: 2 });
    // Whoever ignores the past has no run before it.
    if (one.prev !== null && !one.ignore) {
      const before = { t: one.prev.ti, after: one.prev.downstream_done ? "success" : "running" };
      linkPrevious(run, runOfGraph(graph, before, { logicalAt: 1 }), new Set());
    }
    const [first] = graph.tasks;
    assert(first !== undefined, "the graph has its task");
    expectSame(isPastMet(run, first), one.expect);
    return PASSED;
  },
});
