/**
 * A queue of the platform: at least once, in any order, with batches, retries and a dead-letter queue. Whoever takes a
 * batch decides about each message once; the first word counts. What is not decided when the taker dies comes again.
 */
import type { QueueName, TaskMessage } from "../../../src/executor/protocol.ts";
import type { Delivery } from "../../../src/executor/run-batch.ts";
import { PlatformError } from "../../../src/platform.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Faults } from "./faults.ts";
import type { Life } from "./life.ts";

const MAX_RETRIES = 10;
const RETRY_MS = 1_000;
/** A message whose taker vanished. */
const VANISHED_MS = 30_000;
const MAX_DELAY_MS = 7_200_000;
const SEND_TIMEOUT_MS = 10_000;
const ACK_LOST_MS = 60_000;

interface Message {
  readonly body: TaskMessage;
  attempts: number;
}

export interface TakenBatch {
  readonly queue: QueueName;
  readonly deliveries: readonly Delivery[];
  /** Their taker is gone: what it did not decide comes again. */
  vanish(): void;
}

export interface QueueOptions {
  readonly name: QueueName;
  readonly maxBatch: number;
  readonly clockwork: Clockwork;
  readonly faults: Faults;
  readonly onBatch: (batch: TakenBatch) => void;
  readonly onDeadLetter: (message: TaskMessage) => void;
  /** A consumer gets a message that only a newer release can read. */
  readonly onForeign: () => void;
}

export class SimulatedQueue {
  readonly #options: QueueOptions;
  readonly #waiting: Message[] = [];
  #isPumping = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  async send(life: Life, messages: readonly TaskMessage[]): Promise<void> {
    const { clockwork, faults, name } = this.#options;
    const failed = (ms: number): Promise<never> =>
      clockwork.reply(life, ms, `sending to ${name} failed`, () => {
        throw new PlatformError("queue_send_failed", `Cannot send ${messages.length} messages`, { retryable: true });
      });
    if (faults.happens("queue_refuses_send")) return failed(20);
    if (faults.happens("queue_hangs_on_send")) return failed(SEND_TIMEOUT_MS);
    const bodies = structuredClone(messages);
    const isSecretSuccess = faults.happens("queue_sends_and_fails");
    clockwork.after(clockwork.random.int(1, 30), `${messages.length} messages reach ${name}`, () => {
      for (const body of bodies) this.#receive(body);
    });
    if (isSecretSuccess) return failed(clockwork.random.pick([40, SEND_TIMEOUT_MS]));
    return clockwork.reply(life, 40, `sent to ${name}`, () => {});
  }

  #receive(body: TaskMessage): void {
    const { clockwork, faults, name } = this.#options;
    const copies = faults.happens("queue_duplicates") ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (faults.happens("queue_loses")) continue;
      const delayMs = faults.happens("queue_delays") ? clockwork.random.spread(100, MAX_DELAY_MS) : 0;
      if (delayMs === 0) this.#enter({ body, attempts: 0 });
      else clockwork.after(delayMs, `a late message enters ${name}`, () => this.#enter({ body, attempts: 0 }));
    }
  }

  #enter(message: Message): void {
    const { clockwork, faults, name } = this.#options;
    if (faults.happens("queue_reorders"))
      this.#waiting.splice(clockwork.random.int(0, this.#waiting.length), 0, message);
    else this.#waiting.push(message);
    if (this.#isPumping) return;
    this.#isPumping = true;
    clockwork.after(clockwork.random.int(1, 20), `${name} hands over`, () => {
      this.#isPumping = false;
      this.#handOver();
    });
  }

  #handOver(): void {
    const { clockwork, maxBatch, name, onBatch } = this.#options;
    while (this.#waiting.length > 0) {
      const size = Math.min(maxBatch, clockwork.random.chance(0.3) ? clockwork.random.int(1, 5) : maxBatch);
      const messages = this.#waiting.splice(0, size);
      const open = new Set(messages);
      onBatch({
        queue: name,
        deliveries: messages.map((message) => this.#delivery(message, open)),
        vanish: () => {
          for (const message of open) this.#again(message, VANISHED_MS);
          open.clear();
        },
      });
    }
  }

  #delivery(message: Message, open: Set<Message>): Delivery {
    const { clockwork, faults, name } = this.#options;
    return {
      body: this.#asSent(message.body),
      ack: () => {
        if (!open.delete(message)) return;
        if (!faults.happens("queue_redelivers_acked")) return;
        clockwork.after(ACK_LOST_MS, `${name} never heard of an ack`, () => this.#again(message, 0));
      },
      retry: ({ delayMs }) => {
        if (open.delete(message)) this.#again(message, Math.max(RETRY_MS, delayMs));
      },
    };
  }

  /** While a release rolls out, schedulers and consumers may be of two. */
  #asSent(body: TaskMessage): TaskMessage {
    const { faults, onForeign } = this.#options;
    if (faults.happens("message_of_newer_release")) {
      onForeign();
      return structuredClone({ ...body, v: body.v + 1 });
    }
    if (faults.happens("message_of_older_release")) return structuredClone({ ...body, v: body.v - 1 });
    return structuredClone(body);
  }

  #again(message: Message, delayMs: number): void {
    const { clockwork, faults, name, onDeadLetter } = this.#options;
    message.attempts += 1;
    if (message.attempts > MAX_RETRIES || faults.happens("queue_gives_up")) {
      onDeadLetter(message.body);
      return;
    }
    clockwork.after(delayMs, `a message comes again in ${name}`, () => this.#enter(message));
  }
}
