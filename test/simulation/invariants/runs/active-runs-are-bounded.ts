import type { DagSpec } from "../../../../src/dag/spec.ts";
import type { Invariant } from "../../watch/invariant.ts";
import { isActive } from "../../watch/truth.ts";

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
        // One in which nothing is under way, since it waits for a run before it, gives way to that.
        const isWaiting = (seq: number) =>
          truth.ofRun(seq).every(({ state }) => !isActive(state) && state !== "up_for_retry" && state !== "scheduled");
        const running = [...truth.runs.values()].filter(
          ({ seq, state, runType, versionNumber }) =>
            state === "running" &&
            runType !== "backfill" &&
            !(looksAtPast(truth.specOf(versionNumber)) && isWaiting(seq)),
        ).length;
        claim(running <= limit, () => `${dagId}: ${running} runs are running, of at most ${limit}`);
      },
    };
  },
};

function looksAtPast(spec: DagSpec | null): boolean {
  return spec?.tasks.some((task) => task.dependsOnPast === true || task.waitForDownstream === true) === true;
}
