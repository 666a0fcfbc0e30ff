/**
 * One invocation of an executor: one wall-clock life, one holder of leases. On Cloudflare a consumer is ended after 15 minutes
 * and may make 10,000 calls; each budget below leaves the platform's limit room for what has already begun.
 */
import type { ExecutorPorts } from "./ports.ts";
import type { DeliveryChannel } from "./protocol.ts";
import { XComReader } from "./xcom-reader.ts";

const MINUTE_MS = 60_000;
/** A task may run 13 minutes: claimed later than this, it could not end in time. The queue delivers it again. */
const CLAIM_FOR_MS = MINUTE_MS;
/** The scheduler counts on the same: what is left of it tells how old the invocation is. */
const CONTINUE_FOR_MS = 13 * MINUTE_MS;
/** Whoever still runs then is stopped, so that its try ends with a reason instead of a lost lease. */
const STOP_AFTER_MS = 14.1 * MINUTE_MS;
const REPORT_FOR_MS = 14.75 * MINUTE_MS;
const MAX_HOPS = 1_000;
/** Of the scheduler's calls; log chunks, large values and the tasks' own fetches need the other half. */
const MAX_CALLS = 5_000;

export class Invocation {
  readonly id: string;
  readonly channel: DeliveryChannel;
  readonly reader: XComReader;
  readonly #startAt: number;
  #callCount = 0;

  constructor(ports: ExecutorPorts, channel: DeliveryChannel) {
    this.id = ports.ids.random(16);
    this.channel = channel;
    this.reader = new XComReader(ports);
    this.#startAt = ports.timer.now();
  }

  get claimUntil(): number {
    return this.#startAt + CLAIM_FOR_MS;
  }

  get stopAt(): number {
    return this.#startAt + STOP_AFTER_MS;
  }

  get reportUntil(): number {
    return this.#startAt + REPORT_FOR_MS;
  }

  wallLeftMs(now: number): number {
    return Math.max(0, this.#startAt + CONTINUE_FOR_MS - now);
  }

  /** `hop` counts the reports of one DAG, this one included. */
  mayContinue({ now, hop }: { readonly now: number; readonly hop: number }): boolean {
    return hop <= MAX_HOPS && this.#callCount < MAX_CALLS && this.wallLeftMs(now) > 0;
  }

  count<Reply>(call: Promise<Reply>): Promise<Reply> {
    this.#callCount++;
    return call;
  }
}
