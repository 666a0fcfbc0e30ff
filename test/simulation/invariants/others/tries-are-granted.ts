import type { ClaimReply, ClaimRequest } from "../../../../src/executor/protocol.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const triesAreGranted: Invariant = {
  id: "R2",
  says: "code runs only under a grant of the scheduler, and once per grant",
  watch(_world, claim) {
    const granted = new Map<string, number>();
    const executed = new Set<string>();
    return {
      onServed({ object, method, args, reply }) {
        if (method !== "claim" && method !== "report") return;
        const { invocation } = args[0] as ClaimRequest;
        for (const { token, tryNumber } of (reply as ClaimReply).grants)
          granted.set(`${object}/${token}/${invocation}`, tryNumber);
      },
      onExecution(invocation, { run, task, attempt }) {
        const key = `${run.dagId}/${attempt.token}/${invocation.id}`;
        claim(
          granted.get(key) === attempt.tryNumber,
          () => `${key}: ${task.taskId} runs as try ${attempt.tryNumber}, granted was ${granted.get(key)}`,
        );
        claim(!executed.has(key), () => `${key}: ${task.taskId} runs twice under one grant`);
        executed.add(key);
      },
    };
  },
};
