import type { DecisionCase } from "./groups/run-state.ts";

/**
 * Cases that contradict the reference, or that say nothing of any run: by id, each with the reason and with what the
 * engine must do in its place. They are printed with every run and counted apart.
 */
export interface Contradiction {
  readonly group: string;
  isAbout(one: unknown, id: string): boolean;
  readonly reason: string;
  /** The case as the reference has it; null when there is nothing to ask. */
  instead(one: unknown): unknown;
}

export const CONTRADICTIONS: readonly Contradiction[] = [
  {
    group: "trigger_rule_from_tests",
    isAbout: (one) => (one as { readonly counts_consistent: boolean }).counts_consistent === false,
    reason: "the counts of Airflow's test are made up: no upstream task instances add up to them",
    instead: () => null,
  },
  {
    group: "mapped_expansion",
    isAbout: (_one, id) => id === "test_dagrun.py::test_mapped_literal_to_xcom_arg_verify_integrity",
    reason: "a run keeps the version of its DAG, so its instances over a literal stay; a new run maps over the result",
    // Its test by hand says so.
    instead: (one) => one,
  },
  {
    group: "run_state_decisions",
    isAbout: (one) => {
      const { expect, why } = one as DecisionCase;
      return expect === "running" && /changed to skipped this pass/.test(why ?? "");
    },
    reason: "§3.6 lets a skip run down the graph within one pass: the run ends with it, as Airflow's does a pass later",
    instead: (one) => ({ ...(one as DecisionCase), expect: "success" }),
  },
];
