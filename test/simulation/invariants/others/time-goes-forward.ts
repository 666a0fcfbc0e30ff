import type { Invariant } from "../../watch/invariant.ts";

export const timeGoesForward: Invariant = {
  id: "K1",
  says: "no recorded duration is negative, whatever the clocks do",
  watch(_world, claim) {
    return {
      onCommit({ dagId, runs, instances }) {
        for (const { after } of runs) {
          if (after === null || after.startAt === null) continue;
          const { startAt, endAt, runId } = after;
          claim(
            endAt === null || startAt <= endAt,
            () => `${dagId} ${runId} ended ${startAt - (endAt ?? 0)} ms before its start`,
          );
        }
        for (const { after } of instances) {
          if (after === null || after.startAt === 0) continue;
          const { startAt, endAt, queuedAt, key } = after;
          claim(endAt === 0 || startAt <= endAt, () => `${dagId} ${key} ended ${startAt - endAt} ms before its start`);
          claim(queuedAt <= startAt, () => `${dagId} ${key} started ${queuedAt - startAt} ms before it was queued`);
        }
      },
    };
  },
};
