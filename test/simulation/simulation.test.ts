/** The simulation as part of `npm test`: many seeds on both cores, the seeds that found bugs, and a few of the planted ones. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { describe, expect, test } from "vitest";
import { INVARIANTS } from "./invariants/all.ts";
import { readKills } from "./mutants/kills.ts";
import { MUTANTS } from "./mutants/list.ts";
import { replaceOnce } from "./mutants/plant.ts";
import { REGRESSIONS } from "./regressions.ts";
import { simulate } from "./simulate.ts";
import { runSuite } from "./suite.ts";
import { missingMarks, replayCommand } from "./totals.ts";

const SUITE_MS = 600_000;
const seeds = Array.from({ length: 1_000 }, (_, index) => index + 1);
const LEAST_HOURS = 500;
/** One of so many planted bugs is planted here again, at the seed that showed it; `npm run mutants` plants all. */
const SAMPLE_EVERY = 8;
const MOST_SEEDS_TO_KILL = 2_000;
const LEAST_MUTANTS = 40;

test(
  "a thousand worlds with faults keep every invariant, and see every rare state",
  async () => {
    const totals = await runSuite({ seeds, processes: 2 });
    expect(
      totals.failures.map((failure) => `${failure.invariant}: ${failure.message}: ${replayCommand(failure)}`),
    ).toEqual([]);
    expect(missingMarks(totals), "rare states seen too seldom").toEqual([]);
    expect(totals.simulatedMs / 3_600_000).toBeGreaterThanOrEqual(LEAST_HOURS);
    const idle = Object.entries(totals.checks).filter(([, count]) => count === 0);
    expect(idle, "invariants that had nothing to look at").toEqual([]);
  },
  SUITE_MS,
);

test(
  "the seeds that found bugs find none any more",
  async () => {
    const kills = new Map(readKills().map(({ mutant, seed }) => [mutant, seed]));
    const found = [...new Set(REGRESSIONS.flatMap(({ mutant }) => kills.get(mutant) ?? []))];
    expect(found.length).toBeGreaterThan(1);
    const { failures } = await runSuite({ seeds: found, processes: 2 });
    expect(failures).toEqual([]);
  },
  SUITE_MS,
);

test(
  "a seed gives the same events every time",
  async () => {
    for (const seed of [1, 5, 16, 33, 50]) {
      const first = await simulate({ seed, invariants: [] });
      const second = await simulate({ seed, invariants: INVARIANTS });
      expect([second.hash, second.eventCount]).toEqual([first.hash, first.eventCount]);
    }
  },
  SUITE_MS,
);

describe("planted bugs", () => {
  test("each replaces one piece of text that is there once, by another that can be loaded", () => {
    for (const { name, file, from, to } of MUTANTS) {
      const text = readFileSync(`${import.meta.dirname}/../../${file}`, "utf8");
      const planted = replaceOnce(text, from, to, name);
      expect(planted, name).not.toBe(text);
      expect(() => stripTypeScriptTypes(planted), name).not.toThrow();
    }
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  test("one that is not there, or there twice, is an error", () => {
    expect(() => replaceOnce("a b a", "a", "c", "twice")).toThrow("2 times");
    expect(() => replaceOnce("a b a", "d", "c", "never")).toThrow("0 times");
  });

  test("none was overlooked when it was last planted", () => {
    const kills = readKills();
    expect(kills.filter(({ seed }) => seed === null || seed > MOST_SEEDS_TO_KILL)).toEqual([]);
    expect(kills.map(({ mutant }) => mutant)).toEqual(MUTANTS.map(({ name }) => name));
    expect(kills.length).toBeGreaterThanOrEqual(LEAST_MUTANTS);
    const names = new Set(MUTANTS.map(({ name }) => name));
    expect(REGRESSIONS.filter(({ mutant }) => !names.has(mutant))).toEqual([]);
  });

  test.each(readKills().filter((_, index) => index % SAMPLE_EVERY === 0))(
    "$mutant is noticed",
    async ({ mutant, invariant, seed }) => {
      const { failures } = await runSuite({ seeds: [seed ?? 0], processes: 1, mutant });
      expect(failures.map((failure) => failure.invariant)).toEqual([invariant]);
    },
    SUITE_MS,
  );
});

test("there are 54 invariants, each with a number of its own", () => {
  expect(new Set(INVARIANTS.map(({ id }) => id)).size).toBe(54);
});
