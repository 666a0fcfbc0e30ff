/**
 * Bugs that the simulation found, each planted again as a mutant. The seed that shows each stands in `mutants/kills.json`, and is
 * simulated with every test, should the bug come back in another form.
 */
export const REGRESSIONS: readonly { readonly mutant: string; readonly found: string }[] = [
  {
    mutant: "marks-of-queued-runs-are-lost",
    found: "a mark on a run that waited to start was forgotten when it started",
  },
  {
    mutant: "end-without-a-time",
    found: "what stood for the instances of a mapped task ended without a time, and the catalog refused its row",
  },
  {
    mutant: "run-numbers-come-back",
    found: "a run that was made in the event that deleted the latest one got the number of that",
  },
  {
    mutant: "start-behind-its-rows",
    found: "an object that started with a clock behind its rows gave times before them",
  },
  {
    mutant: "run-leaves-during-its-flush",
    found: "a run left memory while its rows were on their way, and came back without what had changed since",
  },
  {
    mutant: "ended-grants-go-out",
    found: "a grant of a try that the same event ended went out all the same",
  },
  {
    mutant: "cancelled-backfill-leaves-instances",
    found: "a cancelled backfill ended its queued runs and left their task instances without a state",
  },
  {
    mutant: "group-task-ends-too-soon",
    found: "a task of a mapped group that waits for one ended before those of its group had begun",
  },
  {
    mutant: "first-word-counts-again",
    found: "a DAG's first call to the limits that came a second time took away the slots that it had by then",
  },
  {
    mutant: "version-missing-is-marked",
    found: "marking a run marked also what its version does not have",
  },
  {
    mutant: "turn-goes-down-with-its-instance",
    found:
      "an instance that was cancelled before its turn took that from the others of its task, which waited for ever",
  },
  {
    mutant: "removed-summary-is-not-told",
    found:
      "after a start of the object the catalog was not told that what stood for a mapped task's instances was removed",
  },
  {
    mutant: "changed-version-is-judged-halfway",
    found: "a run was quarantined when the version that it went over to had none of its open tasks",
  },
  {
    mutant: "ends-before-its-start",
    found: "a mark on a finished run by a clock that had stepped back ended a try before its start",
  },
  {
    mutant: "deletion-is-forgotten",
    found: "a DAG whose deletion the catalog had not confirmed stayed, without the logs of its runs",
  },
  {
    mutant: "new-tickets-lose-the-turn",
    found: "a DAG whose object was lost while it waited for slots went to the end of the line, each time",
  },
];
