import { describe, test } from "vitest";
import { HAND_TESTS } from "./by-hand.ts";

describe.each(Object.entries(HAND_TESTS))("Airflow's cases of %s that are told in words", (_group, tests) => {
  test.each(Object.entries(tests))("%s", (_name, { check }) => check());
});
