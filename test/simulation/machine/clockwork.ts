/**
 * Virtual time and the one queue of events of a simulated world. An event runs to its end, with all that its promises
 * set off at once; everything that takes time comes back as a later event. At the same instant chance decides which event
 * is first, so that a seed fixes every interleaving, and nothing else does: no timer, no clock, no thread.
 */
import { createHash } from "node:crypto";
import { Heap } from "../../../src/lib/heap.ts";
import type { Life } from "./life.ts";
import type { Random } from "./random.ts";

interface Scheduled {
  readonly at: number;
  readonly tie: number;
  readonly what: string;
  readonly act: () => void;
  isCancelled: boolean;
}

export type Cancel = () => void;

export class Clockwork {
  now: number;
  readonly startAt: number;
  readonly random: Random;
  eventCount = 0;
  /** What goes on in the present event, for whoever asks why something changed. */
  what = "";
  readonly #events = new Heap<Scheduled>((a, b) => (a.at !== b.at ? a.at < b.at : a.tie < b.tie));
  readonly #hash = createHash("sha1");
  readonly #print: ((line: string) => void) | null;

  constructor(options: { startAt: number; random: Random; print: ((line: string) => void) | null }) {
    this.now = options.startAt;
    this.startAt = options.startAt;
    this.random = options.random;
    this.#print = options.print;
  }

  after(ms: number, what: string, act: () => void): Cancel {
    const tie = this.random.next();
    const event: Scheduled = { at: this.now + Math.max(0, Math.round(ms)), tie, what, act, isCancelled: false };
    this.#events.push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  /** What `act` answers, so much later; never, when the life that waits for it is over by then. */
  reply<T>(life: Life, ms: number, what: string, act: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        if (life.isOver) return;
        const stillMs = life.frozenUntil - this.now;
        if (stillMs > 0) {
          this.after(stillMs, what, answer);
          return;
        }
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      };
      this.after(ms, what, answer);
    });
  }

  /** The log is the proof that two runs of a seed were the same. */
  log(text: string): void {
    const line = `${String(this.now - this.startAt).padStart(9)} ${text}`;
    this.#hash.update(line);
    this.#print?.(line);
  }

  get hash(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Runs event after event until none is left before `untilAt`, or `isOver` says so. */
  async run(untilAt: number, afterEvent: () => void, isOver: () => boolean = () => false): Promise<void> {
    for (;;) {
      const next = this.#events.peek();
      if (next === undefined || next.at > untilAt) break;
      this.#events.pop();
      if (next.isCancelled) continue;
      this.now = Math.max(this.now, next.at);
      this.what = next.what;
      this.eventCount += 1;
      this.log(next.what);
      next.act();
      // Everything that follows at once has followed when the runtime has nothing else to do.
      await new Promise<void>((resolve) => setImmediate(resolve));
      afterEvent();
      if (isOver()) return;
    }
    this.now = Math.max(this.now, untilAt);
  }
}
