/** The state of a run: which tasks are its leaves, and what an examination makes of its task instances. */
import { z } from "zod";
import { type TaskSpec, TRIGGER_RULES } from "../../../src/dag/spec.ts";
import { compileGraph } from "../../../src/engine/graph.ts";
import { DAG_RUN_STATES, TASK_INSTANCE_STATES } from "../../../src/engine/states.ts";
import { spec, task } from "../../fixtures/engine-dag.ts";
import { World } from "../../fixtures/engine-world.ts";
import { edge, expectSame, group, PASSED } from "../group.ts";
import { kindByName, runInWorld, tasksOf } from "../worlds.ts";

const leafCase = z.strictObject({
  id: z.string().optional(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  edges: z.array(edge).min(1),
  expect: z.array(z.string()),
});

export const leafTasks = group<z.infer<typeof leafCase>>({
  shape: leafCase,
  id: (one) => one.id ?? one.edges.join(" "),
  check(one) {
    const graph = compileGraph(spec({ tasks: tasksOf(one.edges, kindByName) }), 1);
    const found = graph.leaves.map((index) => graph.tasks[index]?.spec.taskId ?? "");
    expectSame([...found].sort(), [...one.expect].sort());
    return PASSED;
  },
});

const runState = z.enum(DAG_RUN_STATES);
const FLAG_VARIES = "teardown (flag varies)";

const decisionCase = z.strictObject({
  id: z.string().optional(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  edges: z.array(edge),
  states: z.record(z.string(), z.enum(TASK_INSTANCE_STATES.filter((state) => state !== "none")).nullable()),
  rules: z.record(z.string(), z.enum(TRIGGER_RULES)).default({}),
  kinds: z.record(z.string(), z.enum(["setup", "teardown", FLAG_VARIES])).default({}),
  /** One state, or one for each value of the flag that varies: `t1.on_failure_fail_dagrun=false`, and `true`. */
  expect: z.union([runState, z.record(z.string().regex(/^(\w+\.on_failure_fail_dagrun=)?(true|false)$/), runState)]),
  why: z.string().optional(),
});
export type DecisionCase = z.infer<typeof decisionCase>;

export const runStateDecisions = group<DecisionCase>({
  shape: decisionCase,
  id: (one) =>
    one.id ?? `${one.airflow_test?.split("::").at(-1) ?? ""} ${one.edges.join(" ")} ${JSON.stringify(one.states)}`,
  check(one) {
    if (typeof one.expect === "string") {
      expectSame(decide(one, false), one.expect);
      return PASSED;
    }
    for (const [name, expected] of Object.entries(one.expect)) {
      expectSame(decide(one, name.endsWith("true")), expected, `${name}:`);
    }
    return PASSED;
  },
});

/** What the run is after it was examined once. */
function decide(one: DecisionCase, failsRun: boolean): string {
  const optionsOf = (taskId: string): Partial<TaskSpec> => ({
    ...kindOf(one.kinds[taskId], failsRun),
    ...(one.rules[taskId] === undefined ? {} : { triggerRule: one.rules[taskId] }),
  });
  const inEdges = tasksOf(one.edges, optionsOf);
  const alone = Object.keys(one.states).filter((taskId) => !inEdges.some((other) => other.taskId === taskId));
  const tasks = [...inEdges, ...alone.map((taskId) => task(taskId, optionsOf(taskId)))];
  const world = new World(spec({ tasks }));
  return runInWorld(world, one.states).state;
}

function kindOf(kind: string | undefined, failsRun: boolean): Partial<TaskSpec> {
  if (kind === undefined) return {};
  if (kind === "setup") return { isSetup: true };
  const fails = kind === FLAG_VARIES && failsRun ? ({ onFailureFailDagRun: true } as const) : {};
  return { isTeardown: true, triggerRule: "all_done_setup_success", ...fails };
}
