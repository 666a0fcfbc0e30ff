import type { TriggerRequest } from "../../../../src/platform.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const sameKeySameRun: Invariant = {
  id: "A2",
  says: "a trigger repeated with its key and body is one run, and with another body a conflict",
  watch(world, claim) {
    const runs = new Map<string, { readonly runId: string; readonly bodyHash: string | null }>();
    return {
      onServed({ object, method, args, reply }) {
        if (method !== "trigger") return;
        const { idempotencyKey, bodyHash } = args[0] as TriggerRequest;
        const answer = reply as { readonly ok: boolean; readonly run?: { readonly runId: string } };
        if (idempotencyKey === null || !answer.ok || answer.run === undefined) return;
        const key = `${object}/${idempotencyKey}`;
        const known = runs.get(key);
        const { runId } = answer.run;
        claim(known === undefined || known.runId === runId, () => `${key} made ${known?.runId}, and then ${runId}`);
        claim(known === undefined || known.bodyHash === bodyHash, () => `${key} was taken with another body`);
        if (world.observer.truths.has(object)) runs.set(key, { runId, bodyHash });
      },
      onCommit({ dagId, runs: changes }) {
        for (const { before, after } of changes) {
          if (before !== null && after === null && before.idempotencyKey !== null)
            runs.delete(`${dagId}/${before.idempotencyKey}`);
        }
      },
    };
  },
};
