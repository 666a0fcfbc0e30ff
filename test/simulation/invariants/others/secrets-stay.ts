import type { Invariant } from "../../watch/invariant.ts";
import { CANARY } from "../../world/consumers.ts";

export const secretsStay: Invariant = {
  id: "Z1",
  says: "a secret of the deployment is in no row, no log and no message",
  watch(_world, claim) {
    return {
      onSend(dagId, messages) {
        claim(!JSON.stringify(messages).includes(CANARY), () => `${dagId} sends a secret`);
      },
      onProject(dagId, projection) {
        claim(!JSON.stringify(projection).includes(CANARY), () => `${dagId} projects a secret`);
      },
      onServed({ object, method, args }) {
        if (method === "report")
          claim(!JSON.stringify(args).includes(CANARY), () => `a report to ${object} holds a secret`);
      },
    };
  },
};
