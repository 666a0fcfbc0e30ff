/**
 * Cases that are told in words, by their names: each is a test by hand of what the words say, run like any other. The words
 * are compared with those the test was written for, so that a case that was changed is not taken for the one that was not.
 */
import { criticalSectionByHand } from "./by-hand/critical-section.ts";
import { expansionByHand } from "./by-hand/expansion.ts";
import { runStartByHand } from "./by-hand/run-start.ts";
import { scenariosByHand } from "./by-hand/scenarios.ts";
import { type Finding, UnknownShape } from "./group.ts";

export interface HandTest {
  /** The case's own words: whatever of it is not an expectation that the test takes from it. */
  readonly words: object;
  readonly check: () => void;
}
export type HandTests = Readonly<Record<string, HandTest>>;

export const HAND_TESTS: Readonly<Record<string, HandTests>> = {
  critical_section: criticalSectionByHand,
  run_start_limits: runStartByHand,
  mapped_expansion: expansionByHand,
  mapped_scenarios: scenariosByHand,
};

export function byHand(groupName: string, name: string, one: object): Finding {
  const test = HAND_TESTS[groupName]?.[name];
  if (test === undefined) throw new UnknownShape(`told in words, and there is no test by hand of "${name}"`);
  const given = one as Readonly<Record<string, unknown>>;
  for (const [field, words] of Object.entries(test.words)) {
    if (JSON.stringify(given[field]) !== JSON.stringify(words)) {
      throw new UnknownShape(`the test by hand of "${name}" was written for other words in "${field}"`);
    }
  }
  test.check();
  return { type: "by_hand" };
}
