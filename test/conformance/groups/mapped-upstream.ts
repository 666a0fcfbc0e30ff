/** What becomes of a mapped task whose sources, or those of its group, ended without a value to map over. */
import { z } from "zod";
import { mappedUpstreamState } from "../../../src/engine/expansion.ts";
import { NONE, stateCode, stateName } from "../../../src/engine/states.ts";
import { spec, task } from "../../fixtures/engine-dag.ts";
import { World } from "../../fixtures/engine-world.ts";
import { expectSame, group, PASSED } from "../group.ts";
import { runInWorld, stateOrNull } from "../worlds.ts";

const finished = z.enum(["success", "failed", "skipped", "upstream_failed", "removed"]);

const mappedCase = z.strictObject({
  id: z.string().optional(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  ti_state: finished.nullable(),
  mapped_dependency_states: z.array(finished.nullable()).min(1),
  expect: z.strictObject({ ti_state: finished.nullable(), dep_failed: z.boolean() }),
});
type MappedCase = z.infer<typeof mappedCase>;

export const mappedUpstream = group<MappedCase>({
  shape: mappedCase,
  id: (one) => one.id ?? `${one.ti_state} over ${one.mapped_dependency_states.join(", ")}`,
  check(one) {
    const states = one.mapped_dependency_states;
    const written = mappedUpstreamState(states.map((state) => (state === null ? null : stateCode(state))));
    expectSame(written !== NONE, one.expect.dep_failed, "dep_failed");
    // A failure stands; the engine asks no rule of what has ended at all (T8).
    const isKept = one.ti_state === "failed" || one.ti_state === "upstream_failed" || written === null;
    const state = isKept || written === NONE ? one.ti_state : stateName(written);
    expectSame(state, one.expect.ti_state, "ti_state");
    if (one.ti_state === null) expectSame(stateInRun(states), one.expect.ti_state, "in a run, ti_state");
    return PASSED;
  },
});

/** The same in a run: a task over the product of the sources, whose trigger rule would let it run after anything. */
function stateInRun(states: MappedCase["mapped_dependency_states"]): string | null {
  const ids = states.map((_, at) => `source${at}`);
  const sources = ids.map((id) => ({ name: id, source: { type: "xcom", taskId: task(id).taskId } as const }));
  const mapped = task("t", { upstream: ids, triggerRule: "all_done", mapped: { type: "product", inputs: sources } });
  // A source that is still to run waits for something, so that it stays as the case has it.
  const tasks = [task("gate"), ...ids.map((id) => task(id, { upstream: ["gate"] })), mapped];
  const given = Object.fromEntries(ids.map((id, at) => [id, states[at] ?? null]));
  const run = runInWorld(new World(spec({ tasks })), { gate: "running", ...given });
  return stateOrNull(run.stateOf[run.find("t", -1)] ?? NONE);
}
