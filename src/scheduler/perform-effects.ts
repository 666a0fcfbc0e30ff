/**
 * Sends the messages that a commit ordered. The order itself is the row (`queued`, with the instant of the next sending),
 * so that a message which is lost here is sent again by the clock; a short retry only spares that wait. Messages of one
 * event leave in batches of 100, a few at a time.
 */

import type { Lane } from "../engine/graph.ts";
import type { Place, Step } from "../engine/step.ts";
import { PROTOCOL_VERSION, type QueueMessage, type QueueName, type TaskMessage } from "../executor/protocol.ts";
import type { CallbackSend } from "./callbacks/deliver.ts";
import type { SchedulerPorts } from "./ports.ts";

const BATCH = 100;
const PARALLEL = 4;
const TRIES = 3;

export function performEffects(
  ports: SchedulerPorts,
  steps: readonly Step[],
  callbackSends: readonly CallbackSend[] = [],
): void {
  const batches: { lane: Lane; messages: TaskMessage[] }[] = [];
  const add = (lane: Lane, message: TaskMessage): void => {
    const last = batches.findLast((batch) => batch.lane === lane);
    if (last !== undefined && last.messages.length < BATCH) last.messages.push(message);
    else batches.push({ lane, messages: [message] });
  };
  for (const step of steps) {
    for (const send of step.sends) add(send.lane, messageOf(ports, send));
  }
  for (const { isLocal, message } of callbackSends) add(isLocal ? "local" : "tasks", message);
  if (batches.length === 0) return;
  const queue = batches.values();
  const worker = async (): Promise<void> => {
    for (const batch of queue) await deliver(ports, batch.lane, batch.messages);
  };
  for (let count = 0; count < Math.min(PARALLEL, batches.length); count += 1) ports.background(worker());
}

function messageOf(ports: SchedulerPorts, { run, place }: Place): QueueMessage {
  return {
    v: PROTOCOL_VERSION,
    dagId: ports.dagId,
    runId: run.runId,
    taskId: run.taskAt(place).spec.taskId,
    mapIndex: run.mapIndex[place] ?? -1,
    token: run.token[place] ?? 0,
  };
}

async function deliver(ports: SchedulerPorts, lane: Lane, messages: readonly TaskMessage[]): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    try {
      if (lane === "local" || lane === "sequential") await ports.runLocally(messages);
      else await ports.queues.send(lane satisfies QueueName, messages);
      return;
    } catch (error) {
      ports.log("warning", "messages could not be sent; the re-send clock will send them again", {
        dagId: ports.dagId,
        lane,
        count: messages.length,
        attempt,
        error: String(error),
      });
      if (attempt < TRIES) await ports.sleep(250 * 4 ** attempt);
    }
  }
}
