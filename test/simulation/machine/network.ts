/**
 * Calls from one isolate to an object. A request or its reply may be lost, doubled or late; an object that goes away while
 * it works on a call fails it. Whoever calls knows no more than that it has no answer.
 */
import { PlatformError } from "../../../src/platform.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Faults } from "./faults.ts";
import type { Life } from "./life.ts";
import type { Hosted, ObjectHost } from "./object-host.ts";

const LATENCY_MS = 15;
/** Longer than a lease, at worst. */
const MAX_DELAY_MS = 120_000;

export interface Caller {
  readonly life: Life;
  /** Nothing of it reaches anybody. */
  isCutOff?(): boolean;
}

export interface Call<T extends Hosted, Reply> {
  readonly what: string;
  readonly host: ObjectHost<T>;
  /** Makes the call on the living instance; told whether it is a copy that nobody waits for. */
  readonly send: (object: T) => Promise<Reply>;
}

export class Network {
  readonly #clockwork: Clockwork;
  readonly #faults: Faults;

  constructor(clockwork: Clockwork, faults: Faults) {
    this.#clockwork = clockwork;
    this.#faults = faults;
  }

  call<T extends Hosted, Reply>(caller: Caller, { what, host, send }: Call<T, Reply>): Promise<Reply> {
    const clockwork = this.#clockwork;
    const faults = this.#faults;
    const { life } = caller;
    if (life.isOver) return new Promise(() => {});
    const lose = (reason: string): Promise<never> =>
      clockwork.reply(life, this.#latency(), `${life.name} hears nothing of ${what}: ${reason}`, () => {
        throw unreachable(what, reason);
      });
    if (caller.isCutOff?.() === true) return lose("cut off");
    if (faults.happens("call_loses_request")) return lose("request lost");
    if (faults.happens("call_duplicates")) {
      clockwork.after(this.#latency() + clockwork.random.int(0, 2_000), `${life.name} ${what}, doubled`, () => {
        send(host.wake()).catch(() => {});
      });
    }
    return new Promise<Reply>((resolve, reject) => {
      clockwork.after(this.#latency(), `${life.name} ${what}`, () => {
        if (faults.happens("object_evicted_at_call")) host.evict();
        const serving = host.life();
        let isAnswered = false;
        const answer = (reply: () => Promise<Reply>): void => {
          if (isAnswered) return;
          isAnswered = true;
          reply().then(resolve, reject);
        };
        serving.onEnd(() => answer(() => lose("the object was reset")));
        send(host.wake()).then(
          (reply) => {
            if (serving.isOver) return;
            if (caller.isCutOff?.() === true || faults.happens("call_loses_reply")) answer(() => lose("reply lost"));
            else {
              const copy = structuredClone(reply);
              answer(() => clockwork.reply(life, this.#latency(), `${life.name} is answered ${what}`, () => copy));
            }
          },
          (error: unknown) => answer(() => lose(String(error))),
        );
      });
    });
  }

  #latency(): number {
    const { random } = this.#clockwork;
    return this.#faults.happens("call_delays") ? random.spread(LATENCY_MS, MAX_DELAY_MS) : random.int(1, LATENCY_MS);
  }
}

export function unreachable(what: string, reason: string): PlatformError {
  return new PlatformError("scheduler_unreachable", `Cannot ${what}: ${reason}`, { retryable: true });
}
