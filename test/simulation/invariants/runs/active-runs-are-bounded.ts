import { givesWay } from "../../watch/gives-way.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const activeRunsAreBounded: Invariant = {
  id: "N4",
  says: "no run starts while as many are running as the DAG allows",
  watch(_world, claim) {
    return {
      onCommit({ dagId, truth, runs }) {
        const isStart = runs.some(
          ({ before, after }) =>
            after?.state === "running" && before?.state !== "running" && after.runType !== "backfill",
        );
        if (!isStart || truth.dag === null) return;
        const limit = truth.specOf(truth.dag.versionNumber)?.maxActiveRuns ?? 0;
        const running = [...truth.runs.values()].filter(
          (run) => run.state === "running" && run.runType !== "backfill" && !givesWay(truth, run),
        ).length;
        claim(running <= limit, () => `${dagId}: ${running} runs are running, of at most ${limit}`);
      },
    };
  },
};
