/** Trigger rules: by counts of upstream states, and by the states themselves in a run of the engine. */
import { z } from "zod";
import { TRIGGER_RULES, type TriggerRule } from "../../../src/dag/spec.ts";
import { ruleVerdict } from "../../../src/engine/evaluate.ts";
import { isRuleMet, stateByRule } from "../../../src/engine/rules/trigger-rule.ts";
import { NONE, SCHEDULED, stateName } from "../../../src/engine/states.ts";
import { spec, task } from "../../fixtures/engine-dag.ts";
import { expectSame, group, PASSED } from "../group.ts";
import { runOf, stateOrNull } from "../worlds.ts";

const rule = z.enum(TRIGGER_RULES);
const written = z.enum(["skipped", "upstream_failed", "removed"]).nullable();
const count = z.number().int().min(0);

const countsCase = z.strictObject({
  airflow_test: z.string().optional(),
  id: z.string().optional(),
  note: z.string().optional(),
  rule,
  upstream: count,
  upstream_setup: count,
  map_index: z.number().int().min(-1),
  counts: z.strictObject({
    success: count,
    skipped: count,
    failed: count,
    upstream_failed: count,
    removed: count,
    done: count,
    success_setup: count,
    skipped_setup: count,
  }),
  flag_upstream_failed: z.boolean(),
  expect: z.strictObject({ met: z.boolean(), new_state: written }),
  /** Without it, `done` or a sum of Airflow's test is made up: such a row says nothing of any run. */
  counts_consistent: z.boolean(),
});
type CountsCase = z.infer<typeof countsCase>;

/** What the engine makes of the task. A state that the rule writes comes before the question whether it may run. */
function verdictOf(one: CountsCase): { readonly mayRun: boolean; readonly newState: string | null } {
  const { counts } = one;
  const upstream = {
    total: one.upstream,
    success: counts.success,
    skipped: counts.skipped,
    failed: counts.failed,
    upstreamFailed: counts.upstream_failed,
    removed: counts.removed,
    setups: one.upstream_setup,
    setupSuccess: counts.success_setup,
    setupSkipped: counts.skipped_setup,
    mapIndex: one.map_index,
  };
  const code = stateByRule(one.rule, upstream);
  const newState = code === NONE ? null : stateName(code);
  return { mayRun: newState === null && isRuleMet(one.rule, upstream), newState };
}

export const triggerRulesByCounts = group<CountsCase>({
  shape: countsCase,
  id: (one) => `${one.id ?? one.airflow_test ?? ""} ${one.rule} of ${one.upstream} ${countsText(one)}`.trim(),
  check(one) {
    const found = verdictOf(one);
    // Without the flag Airflow only asks whether the task may run, and writes nothing.
    const newState = one.flag_upstream_failed ? one.expect.new_state : found.newState;
    expectSame(found, { mayRun: one.expect.met && newState === null, newState });
    return PASSED;
  },
});

function countsText({ counts, map_index }: CountsCase): string {
  const parts = Object.entries(counts).filter(([name, value]) => value > 0 && name !== "done");
  return [...parts.map(([name, value]) => `${name}=${value}`), ...(map_index < 0 ? [] : [`[${map_index}]`])].join(" ");
}

const statesCase = z.strictObject({
  id: z.string().optional(),
  note: z.string().optional(),
  rule,
  upstream: z.array(z.enum(["success", "failed", "skipped", "upstream_failed", "removed"]).nullable()).min(1),
  met: z.boolean(),
  new_state: written,
});

export const triggerRulesByStates = group<z.infer<typeof statesCase>>({
  shape: statesCase,
  id: (one) => one.id ?? `${one.rule}(${one.upstream.map((state) => state ?? "null").join(", ")})`,
  check(one) {
    expectSame(verdictInRun(one.rule, one.upstream), {
      mayRun: one.met && one.new_state === null,
      newState: one.new_state,
    });
    return PASSED;
  },
});

function verdictInRun(triggerRule: TriggerRule, upstream: readonly (string | null)[]) {
  const ids = upstream.map((_, at) => `up${at}`);
  const tasks = [...ids.map((id) => task(id)), task("t", { upstream: ids, triggerRule })];
  const run = runOf(spec({ tasks }), Object.fromEntries(ids.map((id, at) => [id, upstream[at] ?? null])));
  const code = ruleVerdict(run, run.find("t", -1));
  return { mayRun: code === SCHEDULED, newState: code === SCHEDULED ? null : stateOrNull(code) };
}
