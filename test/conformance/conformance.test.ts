import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { reportLines, runVectors } from "./runner.ts";

const text = readFileSync(join(import.meta.dirname, "../fixtures/airflow.vectors.json"), "utf8");
const results = await runVectors(JSON.parse(text));

describe.each([...new Set(results.map(({ group }) => group))])("Airflow's cases of %s", (name) => {
  const ofGroup = results.filter(({ group }) => group === name);
  test.each(ofGroup.map((one, at) => [`${at}: ${one.id}`, one] as const))("%s", (_id, one) => {
    expect(one.outcome === "failed" ? one.message : "").toBe("");
  });
});

describe("the runner", () => {
  const failuresOf = async (file: unknown) =>
    (await runVectors(file)).filter(({ outcome }) => outcome === "failed").map(({ message }) => message);

  test("fails on a group, a field and a value that it does not know, and says where", async () => {
    expect(await failuresOf({ moon_phases: [{}] })).toEqual(["unknown shape: no group of this name is known"]);
    const row = { rule: "all_success", upstream: ["success"], met: true, new_state: null };
    const name = "trigger_rule_exhaustive_unmapped_n1_3";
    expect(await failuresOf({ [name]: [row] })).toEqual([]);
    expect((await failuresOf({ [name]: [row, { ...row, moon: 1 }] }))[0]).toContain(
      `${name}.1: Unrecognized key: "moon"`,
    );
    expect((await failuresOf({ [name]: [{ ...row, rule: "most_success" }] }))[0]).toContain(`${name}.0.rule:`);
    expect(await failuresOf([])).toEqual(["unknown shape: expected an object of groups"]);
  });

  test("fails on a case whose expectation is not what the engine does", async () => {
    const row = { rule: "all_success", upstream: ["failed"], met: true, new_state: null };
    const wrong = await runVectors({ trigger_rule_exhaustive_unmapped_n1_3: [row] });
    expect(reportLines(wrong).at(-1)).toBe("0 passed, 1 failed");
  });

  test("fails on words that nobody wrote a test for", async () => {
    const told = { airflow_test: "test_moon.py::test_tides", given: "three moons", expect: {} };
    expect((await failuresOf({ run_start_limits: [told] }))[0]).toContain("no test by hand");
    const [known] = (JSON.parse(text) as { readonly run_start_limits: readonly object[] }).run_start_limits;
    expect(await failuresOf({ run_start_limits: [known] })).toEqual([]);
    expect((await failuresOf({ run_start_limits: [{ ...known, moons: 3 }] }))[0]).toContain('knows no "moons"');
  });
});
