import { paddedToken } from "../../../../src/executor/log-lines.ts";
import type { ReportReply, ReportRequest } from "../../../../src/executor/protocol.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const logsAreComplete: Invariant = {
  id: "G1",
  says: "the chunks that an accepted report counts lie in the store, in one series",
  watch(world, claim) {
    return {
      onServed({ object, method, args, reply }) {
        if (method !== "report") return;
        const { reports } = args[0] as ReportRequest;
        (reply as ReportReply).verdicts.forEach(({ accepted }, place) => {
          const report = reports[place];
          if (!accepted || report === undefined || report.logChunkCount === 0) return;
          const folder = `/${paddedToken(report.token)}/`;
          const keys = world.store.keys().filter((key) => key.startsWith("log") && key.includes(folder));
          const run = world.observer.truth(object).runById(report.runId);
          claim(
            run === undefined || keys.length >= report.logChunkCount,
            () => `${object} ${report.taskId}: ${keys.length} of ${report.logChunkCount} chunks are there`,
          );
        });
      },
    };
  },
};
