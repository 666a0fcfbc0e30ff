/** Short circuits: what the decision skips by itself, and what becomes of the rest by its rules. */
import { z } from "zod";
import { TRIGGER_RULES } from "../../../src/dag/spec.ts";
import { spec } from "../../fixtures/engine-dag.ts";
import { World } from "../../fixtures/engine-world.ts";
import { expectSame, group, PASSED, UnknownShape } from "../group.ts";
import { tasksOf } from "../worlds.ts";

const final = z.enum(["success", "skipped", "skipped (by rule)"]);

const circuitCase = z.strictObject({
  id: z.string().optional(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  chain: z.string().regex(/^short_circuit(>\w+)+$/, "expected a chain that begins with short_circuit"),
  returns_truthy: z.boolean(),
  ignore_downstream_trigger_rules: z.boolean(),
  op2_rule: z.enum(TRIGGER_RULES),
  explicitly_skipped: z.array(z.string()),
  final: z.record(z.string(), final),
});

export const shortCircuit = group<z.infer<typeof circuitCase>>({
  shape: circuitCase,
  id: (one) =>
    one.id ??
    `${one.chain} ${one.returns_truthy ? "truthy" : "falsy"}, op2 ${one.op2_rule}, ${one.ignore_downstream_trigger_rules ? "all" : "direct"}`,
  check(one) {
    const scope = one.ignore_downstream_trigger_rules ? "all" : "direct";
    const tasks = tasksOf([one.chain], (taskId) => ({
      ...(taskId === "short_circuit" ? { decision: { type: "short_circuit", scope } as const } : {}),
      ...(taskId === "op2" ? { triggerRule: one.op2_rule } : {}),
    }));
    const world = new World(spec({ tasks }));
    world.trigger();
    const decision = one.returns_truthy ? ({ type: "pass" } as const) : ({ type: "skip", scope } as const);
    world.end("short_circuit", { type: "success", decision });
    const ids = tasks.map(({ taskId }) => taskId as string);
    const explicit = ids.filter((taskId) => world.reasonOf(taskId) === "not_followed");
    expectSame(explicit, one.explicitly_skipped, "explicitly_skipped");
    world.succeedAll();
    const states = world.states();
    for (const [taskId, state] of Object.entries(one.final)) {
      if (!ids.includes(taskId)) throw new UnknownShape(`the chain has no task "${taskId}"`);
      const isByRule = states[taskId] === "skipped" && world.reasonOf(taskId) === "trigger_rule";
      expectSame(isByRule ? "skipped (by rule)" : states[taskId], state, taskId);
    }
    return PASSED;
  },
});
