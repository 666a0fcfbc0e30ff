import { literalLength, mappingsOf } from "../../oracles/upstream.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const mappedOnce: Invariant = {
  id: "S12",
  says: "a mapped task has the instances 0 to n - 1 of its items, each once",
  watch(_world, claim) {
    return {
      onCommit({ dagId, truth, runs }) {
        for (const { after } of runs) {
          if (after?.state !== "success") continue;
          const spec = truth.specOf(after.versionNumber);
          for (const task of spec?.tasks ?? []) {
            if (spec === null || mappingsOf(spec, task).length === 0) continue;
            const rows = truth.ofRun(after.seq).filter(({ taskId }) => taskId === task.taskId);
            const indexes = rows.filter(({ mapIndex }) => mapIndex >= 0).map(({ mapIndex }) => mapIndex);
            const highest = Math.max(-1, ...indexes);
            claim(
              indexes.length === highest + 1,
              () => `${dagId} ${after.runId}: ${task.taskId} has the indexes ${indexes.join(", ")}`,
            );
            const length = literalLength(spec, task);
            // What a user marked before it was made anew for the list of another version stands as he said.
            if (length !== null && indexes.length > 0 && !rows.some(({ reason }) => reason === "marked"))
              claim(
                indexes.length === length,
                () => `${dagId} ${after.runId}: ${task.taskId} has ${indexes.length} instances for ${length} items`,
              );
            const summary = rows.find(({ mapIndex }) => mapIndex === -1);
            const isReplaced = summary === undefined || summary.state === "removed" || indexes.length === 0;
            claim(
              isReplaced,
              () => `${dagId} ${after.runId}: ${task.taskId} has instances and what stood for them (${summary?.state})`,
            );
          }
        }
      },
    };
  },
};
