import { paddedToken } from "../../../../src/executor/log-lines.ts";
import type { ReportReply, ReportRequest } from "../../../../src/executor/protocol.ts";
import type { Invariant } from "../../watch/invariant.ts";
import { isFinished } from "../../watch/truth.ts";

export const logsAreComplete: Invariant = {
  id: "G1",
  says: "the chunks that an accepted report counts lie in the store, numbered in one series, and still do at rest",
  watch(world, claim) {
    const chunksOf = (dagId: string, token: number): readonly number[] => {
      const folder = `/${paddedToken(token)}/`;
      return world.store.keys().flatMap((key) => {
        const isOwn = key.startsWith(`logs/${dagId}/`) && key.includes(folder);
        const name = isOwn ? key.slice(key.indexOf(folder) + folder.length) : "";
        const [, seq] = /^(\d+)-\d+\.ndjson$/.exec(name) ?? [];
        return seq === undefined ? [] : [Number(seq)];
      });
    };
    return {
      onServed({ object, method, args, reply }) {
        if (method !== "report") return;
        const { reports } = args[0] as ReportRequest;
        (reply as ReportReply).verdicts.forEach(({ accepted }, place) => {
          const report = reports[place];
          if (!accepted || report === undefined || report.logChunkCount === 0) return;
          if (world.observer.truth(object).runById(report.runId) === undefined) return;
          const numbers = chunksOf(object, report.token);
          const name = `${object} ${report.taskId}`;
          claim(
            numbers.length >= report.logChunkCount,
            () => `${name}: ${numbers.length} of ${report.logChunkCount} chunks are there`,
          );
          claim(
            new Set(numbers).size === numbers.length,
            () => `${name}: the chunks are numbered ${numbers.join(", ")}`,
          );
          // What a store refuses again and again leaves a gap, which readers are shown.
          if (world.faults.rates.store_fails > 0) return;
          claim(
            numbers.every((seq, index) => seq === index + 1),
            () => `${name}: the chunks are numbered ${numbers.join(", ")}`,
          );
        });
      },
      onRest() {
        for (const [dagId, truth] of world.observer.truths) {
          for (const row of truth.instances.values()) {
            // Ended without a try of its own: the count is that of the try before.
            if (!isFinished(row.state) || row.logChunkCount === 0 || row.token === 0) continue;
            const count = chunksOf(dagId, row.token).length;
            claim(
              count >= row.logChunkCount,
              () =>
                `${dagId} ${row.key} (${row.state}, ${row.reason}): at rest ${count} of ${row.logChunkCount} chunks of ${row.token} are there`,
            );
          }
        }
      },
    };
  },
};
