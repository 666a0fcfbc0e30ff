import type { Invariant } from "../../watch/invariant.ts";
import { startsTry } from "../../watch/tries.ts";
import { isActive } from "../../watch/truth.ts";

export const limitsOfTasks: Invariant = {
  id: "P2",
  says: "at a start the limits of the run and of the task hold, over all runs of the DAG",
  watch(_world, claim) {
    return {
      onCommit({ dagId, truth, instances }) {
        for (const change of instances) {
          const { after } = change;
          const run = after === null ? undefined : truth.runs.get(after.seq);
          if (after === null || run === undefined || !startsTry(change)) continue;
          const spec = truth.specOf(run.versionNumber);
          const task = truth.taskOf(run, after.taskId);
          if (spec === null || task === null) continue;
          const ofRun = truth.ofRun(run.seq).filter(({ state }) => isActive(state));
          const most = spec.maxActiveTasks ?? Number.POSITIVE_INFINITY;
          claim(ofRun.length <= most, () => `${dagId} ${run.runId}: ${ofRun.length} of at most ${most} are active`);
          const perRun = ofRun.filter(({ taskId }) => taskId === after.taskId).length;
          claim(
            perRun <= (task.maxActiveTisPerDagrun ?? Number.POSITIVE_INFINITY),
            () => `${dagId} ${after.key}: ${perRun} of the task are active in the run`,
          );
          if (task.maxActiveTisPerDag === undefined) continue;
          const all = [...truth.instances.values()].filter(
            ({ taskId, state }) => taskId === after.taskId && isActive(state),
          ).length;
          claim(
            all <= task.maxActiveTisPerDag,
            () => `${dagId} ${after.key}: ${all} of the task are active over all runs`,
          );
        }
        if (!instances.some((change) => change.after?.lane === "sequential" && startsTry(change))) return;
        const active = [...truth.instances.values()].filter((row) => row.lane === "sequential" && isActive(row.state));
        claim(active.length <= 1, () => `${dagId}: ${active.length} sequential tries are active`);
      },
    };
  },
};
