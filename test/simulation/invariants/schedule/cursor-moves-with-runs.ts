import type { Invariant } from "../../watch/invariant.ts";

export const cursorMovesWithRuns: Invariant = {
  id: "C2",
  says: "the cursor of a schedule never goes back, and moves only with a run or a recorded skip",
  watch(_world, claim) {
    return {
      onCommit({ dagId, dag, runs, skips, truth }) {
        const before = dag.before?.lastEndAt ?? null;
        const after = dag.after?.lastEndAt ?? null;
        if (dag.after === null || before === after) return;
        claim(
          before === null || (after !== null && after > before),
          () => `${dagId}: the cursor went from ${before} to ${after}`,
        );
        const made = runs.filter((change) => change.before === null && change.after?.runType === "scheduled");
        const isKnown = [...truth.runs.values()].some(({ logicalAt }) => logicalAt === dag.after?.lastStartAt);
        claim(
          made.length + skips.length > 0 || isKnown,
          () => `${dagId}: the cursor moved to ${after} without a run or a skip`,
        );
        const newest = Math.max(
          ...made.map((change) => change.after?.intervalEndAt ?? 0),
          ...skips.map(({ toAt }) => toAt),
          0,
        );
        claim(
          made.length === 0 || (after ?? 0) >= Math.max(...made.map((change) => change.after?.intervalEndAt ?? 0)),
          () => `${dagId}: runs up to ${newest} were made, and the cursor is at ${after}`,
        );
      },
    };
  },
};
