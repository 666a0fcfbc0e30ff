import type { Invariant } from "../../watch/invariant.ts";

export const skipsAreRecorded: Invariant = {
  id: "C3",
  says: "without catch-up one run at most makes up for a gap, and what it passes over is recorded with its number",
  watch(_world, claim) {
    return {
      onCommit({ dagId, dag, runs, skips, truth }) {
        if (dag.after === null) return;
        const spec = truth.specOf(dag.after.versionNumber);
        const made = runs.filter(({ before, after }) => before === null && after?.runType === "scheduled");
        if (spec?.catchup === false && spec.schedule.type !== "continuous") {
          claim(made.length <= 1, () => `${dagId}: ${made.length} runs were made at once without catch-up`);
        }
        for (const skip of skips) {
          claim(
            skip.fromAt <= skip.toAt && (skip.count === null || skip.count >= 1),
            () => `${dagId}: skipped ${skip.count} from ${skip.fromAt} to ${skip.toAt}`,
          );
          const overlapping = truth.skips.find(
            (other) => other.seq !== skip.seq && other.fromAt <= skip.toAt && skip.fromAt <= other.toAt,
          );
          claim(overlapping === undefined, () => `${dagId}: two skips have ${overlapping?.fromAt}`);
        }
      },
    };
  },
};
