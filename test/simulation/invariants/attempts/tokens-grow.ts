import type { ClaimReply, ClaimRequest } from "../../../../src/executor/protocol.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const tokensGrow: Invariant = {
  id: "S3",
  says: "every new grant of a task instance has a larger token than all before it, also after its DAG was deleted",
  watch(_world, claim) {
    const latest = new Map<string, number>();
    const calls = new Set<string>();
    return {
      onServed({ object, method, args, reply }) {
        if (method !== "claim" && method !== "report") return;
        const { invocation, sequence } = args[0] as ClaimRequest;
        const call = `${object}/${invocation}/${sequence}`;
        // A call that comes twice gets its reply again, which grants nothing new.
        if (calls.has(call)) return;
        calls.add(call);
        for (const { runId, taskId, mapIndex, token } of (reply as ClaimReply).grants) {
          const key = `${object}/${runId}/${taskId}/${mapIndex}`;
          const last = latest.get(key) ?? 0;
          claim(token >= last, () => `${key}: token ${token} was granted after ${last}`);
          latest.set(key, Math.max(last, token));
        }
      },
      onCommit({ dagId, instances, cause }) {
        for (const { before, after } of instances) {
          if (before === null || after === null || cause.method === "deleteTaskInstance") continue;
          // None while it waits for its next try.
          claim(
            after.token >= before.token || (after.token === 0 && after.state !== "running" && after.state !== "queued"),
            () => `${dagId} ${after.key}: its token went from ${before.token} to ${after.token}`,
          );
          const isNewOrder = before.state !== "queued" && after.state === "queued";
          if (isNewOrder)
            claim(after.token > before.token, () => `${dagId} ${after.key}: sent under its old token ${after.token}`);
        }
      },
    };
  },
};
