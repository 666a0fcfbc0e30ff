import type { Commit, Invariant } from "../../watch/invariant.ts";
import { startsTry } from "../../watch/tries.ts";
import type { RunRow } from "../../watch/truth.ts";

export const pastIsMet: Invariant = {
  id: "S11",
  says: "a task that depends on the past starts when it succeeded, or was skipped, in the run before",
  watch(world, claim) {
    const met = new Set<string>();
    return {
      onCommit(commit) {
        const { dagId, truth, instances } = commit;
        // A run of an earlier date that is made at the end of an event was not there when the event let others go.
        const made = new Set(commit.runs.flatMap(({ before, after }) => (before === null && after ? [after.seq] : [])));
        for (const run of truth.liveRuns.values()) {
          if (run.state !== "running") continue;
          for (const task of truth.specOf(run.versionNumber)?.tasks ?? []) {
            if (task.dependsOnPast !== true && task.waitForDownstream !== true) continue;
            const isMet = [new Set<number>(), made].some((without) => {
              const previous = previousOf(commit, run, without);
              return previous === null || isDone(commit, previous, task.taskId);
            });
            if (isMet) met.add(`${dagId}/${run.seq}/${task.taskId}`);
            else world.observer.marks.hit("past waited for");
          }
        }
        for (const change of instances) {
          const { after } = change;
          const run = after === null ? undefined : truth.runs.get(after.seq);
          if (after === null || run === undefined || !startsTry(change)) continue;
          const task = truth.taskOf(run, after.taskId);
          if (task?.dependsOnPast !== true && task?.waitForDownstream !== true) continue;
          // The first run of a backfill looks at none before it.
          if (run.runType === "backfill") continue;
          claim(
            met.has(`${dagId}/${run.seq}/${after.taskId}`),
            () => `${dagId} ${after.key} starts before it succeeded in the run before`,
          );
        }
      },
    };
  },
};

/** The latest run with an earlier logical date; with catch-up, the latest that is not manual. */
function previousOf({ truth }: Commit, run: RunRow, without: ReadonlySet<number>): RunRow | null {
  if (run.logicalAt === null) return null;
  const isCatchup = truth.specOf(run.versionNumber)?.catchup === true;
  let previous: RunRow | null = null;
  for (const other of truth.runs.values()) {
    if (other.logicalAt === null || other.logicalAt >= run.logicalAt) continue;
    if (without.has(other.seq) || (isCatchup && other.runType === "manual")) continue;
    if (previous === null || other.logicalAt > (previous.logicalAt ?? 0)) previous = other;
  }
  return previous;
}

/** Also true where the run before never had the task: then there is nothing to wait for. */
function isDone({ truth }: Commit, previous: RunRow, taskId: string): boolean {
  const task = truth.taskOf(previous, taskId);
  if (task === null) return true;
  const rows = truth.ofRun(previous.seq).filter((instance) => instance.taskId === taskId);
  const own = rows.filter(({ state }) => state !== "removed");
  // Cancelled before it started, it is as if it had been skipped; what was all removed is waited for by nobody.
  if (own.length === 0) return rows.length > 0 || previous.reason === "cancelled";
  return own.every(({ state }) => state === "success" || state === "skipped");
}
