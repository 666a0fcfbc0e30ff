/** The second readings against the first: they were written apart, and must agree wherever they can be asked. */
import { expect, test } from "vitest";
import { TRIGGER_RULES } from "../../../src/dag/spec.ts";
import { isRuleMet, stateByRule, type UpstreamCounts } from "../../../src/engine/rules/trigger-rule.ts";
import { NONE, stateName } from "../../../src/engine/states.ts";
import { makeTimetable } from "../../../src/engine/timetable/make-timetable.ts";
import { cronTicks } from "./cron-ticks.ts";
import { ruleSays } from "./trigger-rules.ts";

const STATES = ["none", "success", "skipped", "failed", "upstream_failed"];

/** All lists of up to three states. */
function lists(): string[][] {
  let found: string[][] = [[]];
  let longest: string[][] = [[]];
  for (let length = 1; length <= 3; length += 1) {
    longest = longest.flatMap((list) => STATES.map((state) => [...list, state]));
    found = [...found, ...longest];
  }
  return found;
}

function countsOf(states: readonly string[], setupCount: number): UpstreamCounts {
  const setups = states.slice(0, setupCount);
  const count = (list: readonly string[], state: string) => list.filter((each) => each === state).length;
  return {
    total: states.length,
    success: count(states, "success"),
    skipped: count(states, "skipped"),
    failed: count(states, "failed"),
    upstreamFailed: count(states, "upstream_failed"),
    removed: 0,
    setups: setups.length,
    setupSuccess: count(setups, "success"),
    setupSkipped: count(setups, "skipped"),
    mapIndex: -1,
  };
}

test.each(TRIGGER_RULES)("%s says the same in both readings, for every list of states", (rule) => {
  for (const states of lists()) {
    for (const setupCount of [0, 1]) {
      if (states.length === 0 || setupCount > states.length) continue;
      const counts = countsOf(states, setupCount);
      const written = stateByRule(rule, counts);
      const engine = written !== NONE ? stateName(written) : isRuleMet(rule, counts) ? "run" : "wait";
      const says = ruleSays(rule, states, states.slice(0, setupCount));
      expect(engine, `${rule} after ${states.join(", ")}, of which ${setupCount} setups`).toBe(says);
    }
  }
});

const DAY_MS = 86_400_000;
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Dublin"];
const CRONS = ["*/5 * * * *", "0 * * * *", "30 2 * * *", "15,45 1-3 * * *", "0 0 * * *", "0 3,9 * * *"];
const CHANGES = [
  Date.UTC(2026, 2, 8),
  Date.UTC(2026, 2, 29),
  Date.UTC(2026, 3, 5),
  Date.UTC(2026, 9, 4),
  Date.UTC(2026, 9, 25),
  Date.UTC(2026, 10, 1),
];

test.each(ZONES)("crons in %s tick at the same instants in both readings, where clocks are changed too", (timezone) => {
  for (const expression of CRONS) {
    const timetable = makeTimetable({ type: "cron", expression, timezone, dataInterval: false }, null);
    for (const around of CHANGES) {
      const fromAt = around - 2 * DAY_MS;
      const toAt = around + 2 * DAY_MS;
      const ticks: number[] = [];
      let last: { startAt: number; endAt: number } | null = null;
      for (;;) {
        const next = timetable.next({ last, earliestAt: fromAt + 1, latestAt: null, now: toAt, catchup: true });
        if (next === null || next.runAfterAt > toAt) break;
        ticks.push(next.runAfterAt);
        last = { startAt: next.dataIntervalStartAt, endAt: next.dataIntervalEndAt };
      }
      expect(ticks, `${expression} around ${new Date(around).toISOString()}`).toEqual(
        cronTicks(expression, timezone, fromAt, toAt),
      );
    }
  }
});
