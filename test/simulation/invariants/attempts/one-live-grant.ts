import type { ClaimReply, ClaimRequest, HeartbeatReply, HeartbeatRequest } from "../../../../src/executor/protocol.ts";
import type { Invariant } from "../../watch/invariant.ts";
import { replacesGrant } from "../../watch/tries.ts";

/** A grant that died without a sign of life may be replaced; before that, nobody else gets the try. */
export const oneLiveGrant: Invariant = {
  id: "S1",
  says: "a token is granted to one invocation, and a try goes out again only after its lease ended in silence",
  watch(world, claim) {
    const holders = new Map<string, string>();
    /** When each token was last heard of, by the clock of its object. */
    const heard = new Map<string, number>();
    const hear = (object: string, token: number, now: number): void => {
      heard.set(`${object}/${token}`, now);
    };
    return {
      onServed({ object, method, args, reply, now }) {
        if (method === "heartbeat") {
          const { cancel } = reply as HeartbeatReply;
          const { tokens } = args[0] as HeartbeatRequest;
          for (const token of tokens) if (!cancel.includes(token)) hear(object, token, now);
        }
        if (method !== "claim" && method !== "report") return;
        const { invocation } = args[0] as ClaimRequest;
        for (const { token, taskId } of (reply as ClaimReply).grants) {
          const key = `${object}/${token}`;
          const holder = holders.get(key);
          const isOne = holder === undefined || holder === invocation;
          claim(isOne, () => `${object} ${taskId}: token ${token} was granted to ${holder} and to ${invocation}`);
          if (holder === undefined) hear(object, token, now);
          holders.set(key, invocation);
        }
      },
      onCommit({ dagId, instances, now }) {
        const { leaseMs, heartbeatMs } = world.settings;
        for (const change of instances) {
          const { before, after } = change;
          const isLost =
            before?.state === "running" && after?.state !== "running" && after?.reason === "heartbeat_lost";
          if (!isLost && !replacesGrant(change)) continue;
          // What a clock that jumps calls a lease, only the object knows.
          if (world.faults.rates.clock_jumps_per_minute > 0) continue;
          const since = heard.get(`${dagId}/${before?.token}`) ?? 0;
          // Those of one invocation that end within one heartbeat are lost together.
          const isSilent = now - since >= leaseMs - heartbeatMs - 1;
          claim(isSilent, () => `${dagId} ${after?.key}: lost ${now - since} ms after it was heard of`);
        }
      },
    };
  },
};
