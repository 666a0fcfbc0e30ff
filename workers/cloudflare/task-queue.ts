/**
 * The two ends of Cloudflare Queues. Sending may fail, hang or have succeeded even then; the scheduler sends again until
 * a claim arrives. A delivery is handed to `runBatch`, which decides the fate of each message. What ends up in a dead-letter
 * queue was a hint like the others: it is told to the operator, and decides nothing.
 */
import type { ExecutorPorts, TaskFunctions } from "../../src/executor/ports.ts";
import type { QueueName, TaskMessage } from "../../src/executor/protocol.ts";
import { type Delivery, runBatch } from "../../src/executor/run-batch.ts";
import type { TaskQueues } from "../../src/platform.ts";
import type { Env } from "./env.ts";
import { executorPorts, logProblem } from "./executor-ports.ts";
import { taskFunctions } from "./task-functions.ts";
import { within } from "./within.ts";

/** A send has been seen to hang for a minute before it failed. */
const SEND_TIMEOUT_MS = 10_000;
/** The platform's limits are 100 messages and 256 KB; a message of ours has at most 1 KB, most a fifth of it. */
const SEND_MAX_COUNT = 100;
const SEND_MAX_BYTES = 200_000;
/** What the platform adds to each message, and counts. */
const MESSAGE_OVERHEAD_BYTES = 100;

export class CloudflareTaskQueues implements TaskQueues {
  readonly #queues: Readonly<Record<QueueName, Queue>>;

  constructor(env: Pick<Env, "TASKS" | "TASKS_LONG">) {
    this.#queues = { tasks: env.TASKS, "tasks-long": env.TASKS_LONG };
  }

  async send(queue: QueueName, messages: readonly TaskMessage[]): Promise<void> {
    for (const part of splitBySize(messages)) {
      await within(
        { code: "queue_send_failed", what: `send ${part.length} messages to "${queue}"`, ms: SEND_TIMEOUT_MS },
        this.#queues[queue].sendBatch(part.map((body) => ({ body, contentType: "json" as const }))),
      );
    }
  }
}

/** Ids of 250 characters can make a hundred messages larger than one send may be. */
function splitBySize(messages: readonly TaskMessage[]): readonly (readonly TaskMessage[])[] {
  const parts: TaskMessage[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    // Ids are ASCII, so the length is the number of bytes.
    const size = JSON.stringify(message).length + MESSAGE_OVERHEAD_BYTES;
    const part = parts.at(-1);
    if (part === undefined || part.length >= SEND_MAX_COUNT || bytes + size > SEND_MAX_BYTES) {
      parts.push([message]);
      bytes = size;
    } else {
      part.push(message);
      bytes += size;
    }
  }
  return parts;
}

/** The `queue()` entry of the Worker for both task queues. */
export async function consumeTasks(
  batch: MessageBatch,
  env: Env,
  ctx: Pick<ExecutionContext, "waitUntil">,
  functions: TaskFunctions = taskFunctions,
): Promise<void> {
  // The local queue sometimes delivers nothing.
  if (batch.messages.length === 0) return;
  const running = startBatch(executorPorts(env, functions), batch);
  await running.settled;
  // The local queue delivers one batch at a time, so a slow task would hold up all others. Deployed, the platform runs
  // batches beside each other, and the handler has to stay: what runs after it is cut 30 seconds later.
  if (env.LOCAL_PARALLEL === "1") ctx.waitUntil(running.finished);
  else await running.finished;
}

function startBatch(ports: ExecutorPorts, batch: MessageBatch) {
  return runBatch(ports, {
    channel: batch.queue.includes("tasks-long") ? "tasks-long" : "tasks",
    deliveries: batch.messages.map(toDelivery),
  });
}

function toDelivery(message: Message): Delivery {
  return {
    body: message.body,
    ack: () => message.ack(),
    retry: ({ delayMs }) => message.retry({ delaySeconds: Math.ceil(delayMs / 1_000) }),
  };
}

/** Is this queue a dead-letter queue? Its name ends so in wrangler.toml. */
export function isDeadLetterQueue(queue: string): boolean {
  return queue.endsWith("-dlq");
}

/** The `queue()` entry of the Worker for both dead-letter queues. */
export function consumeDeadLetters(batch: MessageBatch): void {
  for (const message of batch.messages) {
    logProblem({
      code: "dead_letter",
      message:
        `A message was given up by queue "${batch.queue.replace(/-dlq$/, "")}" after ${message.attempts} deliveries; ` +
        `the scheduler sends it again if it still matters: ${JSON.stringify(message.body).slice(0, 1_000)}`,
      dagId: null,
    });
    message.ack();
  }
}
