import { describe, expect, it } from "vitest";
import { TRIGGER_RULES, type TriggerRule } from "../../src/dag/spec.ts";
import { isRuleMet, stateByRule, type UpstreamCounts } from "../../src/engine/rules/trigger-rule.ts";
import { stateName } from "../../src/engine/states.ts";
import vectors from "../fixtures/airflow.vectors.json" with { type: "json" };
import { graphOf, spec, World } from "../fixtures/engine-world.ts";

/** Airflow's own cases, as counts; those that its tests made up inconsistently say nothing. */
const fromTests = vectors.trigger_rule_from_tests.filter((row) => row.counts_consistent);
const exhaustive = vectors.trigger_rule_exhaustive_unmapped_n1_3;

function countsOf(upstream: readonly (string | null)[]): UpstreamCounts {
  const count = (state: string) => upstream.filter((other) => other === state).length;
  return {
    total: upstream.length,
    success: count("success"),
    skipped: count("skipped"),
    failed: count("failed"),
    upstreamFailed: count("upstream_failed"),
    removed: count("removed"),
    setups: 0,
    setupSuccess: 0,
    setupSkipped: 0,
    mapIndex: -1,
  };
}

/** A state that the rule writes comes before the question whether the task may run. */
function verdict(rule: TriggerRule, counts: UpstreamCounts): { mayRun: boolean; newState: string | null } {
  const written = stateByRule(rule, counts);
  const newState = written === 0 ? null : stateName(written);
  return { mayRun: newState === null && isRuleMet(rule, counts), newState };
}

const CASES: readonly [string, TriggerRule][] = [
  ["[TR1] all_success", "all_success"],
  ["[TR2] all_failed", "all_failed"],
  ["[TR3] all_done", "all_done"],
  ["[TR4] all_done_min_one_success", "all_done_min_one_success"],
  ["[TR5] all_done_setup_success", "all_done_setup_success"],
  ["[TR6] all_skipped", "all_skipped"],
  ["[TR7] one_success", "one_success"],
  ["[TR8] one_failed", "one_failed"],
  ["[TR9] one_done", "one_done"],
  ["[TR10] none_failed", "none_failed"],
  ["[TR11] none_failed_min_one_success", "none_failed_min_one_success"],
  ["[TR12] none_skipped", "none_skipped"],
  ["[TR13] always", "always"],
];

it("numbers the rules in the order of the specification", () => {
  expect(CASES.map(([, rule]) => rule)).toEqual(TRIGGER_RULES);
  CASES.forEach(([name], at) => {
    expect(name).toMatch(`[TR${at + 1}] `);
  });
});

describe.each(CASES)("%s", (_name, rule) => {
  it("decides as Airflow's own tests say", () => {
    for (const row of fromTests.filter((each) => each.rule === rule)) {
      const { counts } = row;
      const found = verdict(rule, {
        total: row.upstream,
        success: counts.success,
        skipped: counts.skipped,
        failed: counts.failed,
        upstreamFailed: counts.upstream_failed,
        removed: counts.removed,
        setups: row.upstream_setup,
        setupSuccess: counts.success_setup,
        setupSkipped: counts.skipped_setup,
        mapIndex: row.map_index,
      });
      // Without the flag Airflow asks whether the task may run, and writes nothing.
      const newState = row.flag_upstream_failed ? row.expect.new_state : found.newState;
      expect({ counts, ...found }).toEqual({ counts, mayRun: row.expect.met && newState === null, newState });
    }
  });

  it("decides every combination of up to three upstreams as Airflow does", () => {
    for (const row of exhaustive.filter((each) => each.rule === rule)) {
      const found = verdict(rule, countsOf(row.upstream));
      expect({ upstream: row.upstream, ...found }).toEqual({
        upstream: row.upstream,
        mayRun: row.met && row.new_state === null,
        newState: row.new_state,
      });
    }
  });
});

describe("in a run", () => {
  const END = { S: "succeed", F: "fail", K: "skip" } as const;
  /** How a and b end, in this order, and what becomes of c, which has the rule. */
  const cases: readonly [TriggerRule, keyof typeof END, string, keyof typeof END, string][] = [
    ["all_success", "S", "none", "S", "queued"],
    ["all_success", "F", "upstream_failed", "S", "upstream_failed"],
    ["all_success", "K", "skipped", "F", "skipped"],
    ["all_success", "F", "upstream_failed", "K", "upstream_failed"],
    ["all_failed", "F", "none", "F", "queued"],
    ["all_failed", "S", "skipped", "F", "skipped"],
    ["all_done", "F", "none", "K", "queued"],
    ["all_done_min_one_success", "F", "none", "S", "queued"],
    ["all_done_min_one_success", "F", "none", "F", "upstream_failed"],
    ["all_done_min_one_success", "S", "none", "K", "skipped"],
    ["all_done_setup_success", "F", "none", "F", "queued"],
    ["all_skipped", "K", "none", "K", "queued"],
    ["all_skipped", "F", "skipped", "K", "skipped"],
    ["one_success", "S", "queued", "F", "queued"],
    ["one_success", "F", "none", "K", "upstream_failed"],
    ["one_success", "K", "none", "K", "skipped"],
    ["one_failed", "F", "queued", "S", "queued"],
    ["one_failed", "S", "none", "K", "skipped"],
    ["one_done", "F", "queued", "K", "queued"],
    ["one_done", "K", "none", "K", "skipped"],
    ["none_failed", "K", "none", "S", "queued"],
    ["none_failed", "K", "none", "F", "upstream_failed"],
    ["none_failed_min_one_success", "K", "none", "S", "queued"],
    ["none_failed_min_one_success", "K", "none", "K", "skipped"],
    ["none_skipped", "F", "none", "S", "queued"],
    ["none_skipped", "K", "skipped", "S", "skipped"],
    ["always", "S", "queued", "S", "queued"],
  ];
  it.each(cases)("%s: %s makes it %s, then %s %s", (rule, first, afterFirst, second, afterSecond) => {
    const world = new World(spec({ tasks: graphOf("a>c b>c d", { c: { triggerRule: rule } }) }));
    world.trigger();
    world[END[first]]("a");
    expect(world.stateOf("c")).toBe(afterFirst);
    world[END[second]]("b");
    expect(world.stateOf("c")).toBe(afterSecond);
  });
});
