import type { DagSpec, TaskSpec } from "../../../../src/dag/spec.ts";
import { instanceCount } from "../../oracles/upstream.ts";
import type { Commit, Invariant } from "../../watch/invariant.ts";
import { isFinished, type RunRow } from "../../watch/truth.ts";
import type { World } from "../../world/world.ts";

/** Decided by something else than how its tasks ended. */
const BY_FACTS: ReadonlySet<string> = new Set(["timed_out", "cancelled", "marked", "version_missing", "cleared"]);

export const runFollowsTasks: Invariant = {
  id: "N1",
  says: "the state of a run is what its task instances and its recorded facts make it",
  watch(world, claim) {
    return {
      onCommit(commit) {
        const { dagId, truth, runs, instances } = commit;
        const touched = new Set([...runs, ...instances].flatMap(({ after }) => (after === null ? [] : [after.seq])));
        for (const seq of touched) {
          const run = truth.runs.get(seq);
          const spec = run === undefined ? null : truth.specOf(run.versionNumber);
          // What production would stop is no better here.
          claim(run?.reason !== "quarantined", () => `${dagId} ${run?.runId} was quarantined`);
          if (run === undefined || spec === null || BY_FACTS.has(run.reason ?? "")) continue;
          const expected = expectedOf(world, commit, run, spec);
          const isMarked = truth.ofRun(seq).some(({ reason }) => reason === "marked");
          // A mark may end a finished run anew, or leave it as the user said.
          if (expected === null || (isMarked && run.state !== "running")) continue;
          claim(
            run.state === expected,
            () =>
              `${dagId} ${run.runId} is ${run.state} (${run.reason}); its tasks make it ${expected}: ${truth
                .ofRun(seq)
                .map((row) => `${row.taskId}[${row.mapIndex}]=${row.state}`)
                .join(" ")}`,
          );
        }
      },
    };
  },
};

function expectedOf(world: World, { dagId, truth }: Commit, run: RunRow, spec: DagSpec): string | null {
  if (run.state === "queued") return null;
  const rows = truth.ofRun(run.seq);
  // What has no row has no state yet.
  const isOpen = spec.tasks.some((task) => {
    const own = rows.filter(({ taskId }) => taskId === task.taskId);
    if (own.length === 0 || own.some(({ state }) => !isFinished(state))) return true;
    if (own.some(({ mapIndex, state }) => mapIndex === -1 && state !== "removed")) return false;
    const count = instanceCount(world, dagId, run, spec, task) ?? 0;
    return own.filter(({ mapIndex }) => mapIndex >= 0).length < count;
  });
  if (isOpen) return run.reason === "all_tasks_deadlocked" ? "failed" : "running";
  const leaves = leavesOf(spec.tasks);
  const hasFailed = rows.some(
    ({ taskId, state }) => leaves.has(taskId) && (state === "failed" || state === "upstream_failed"),
  );
  const isFailedFast =
    spec.failFast === true &&
    rows.some(({ taskId, state }) => {
      const task = spec.tasks.find((each) => each.taskId === taskId);
      return state === "failed" && task?.isTeardown !== true;
    });
  return isFailedFast || hasFailed ? "failed" : "success";
}

/** Tasks with nothing behind them; teardowns decide nothing unless they say so, or there is nothing else. */
function leavesOf(tasks: readonly TaskSpec[]): ReadonlySet<string> {
  const isIgnored = (task: TaskSpec) => task.isTeardown === true && task.onFailureFailDagRun !== true;
  const behind = (task: TaskSpec) => tasks.filter(({ upstream }) => upstream.includes(task.taskId));
  const leaves = tasks.filter((task) => !isIgnored(task) && behind(task).every(isIgnored));
  const deciding = leaves.length > 0 ? leaves : tasks.filter((task) => behind(task).length === 0);
  return new Set(deciding.map(({ taskId }) => taskId));
}
