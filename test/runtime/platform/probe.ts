/**
 * A Durable Object without any of Updraft in it, for tests of what the platform does. Its alarm carries out the plan that
 * was stored, and writes down what it was told; what stands in its fields is memory, which an eviction loses.
 */
import { DurableObject } from "cloudflare:workers";

export interface ProbeEnv {
  readonly PROBE: DurableObjectNamespace<Probe>;
  readonly PROBE_QUEUE: Queue<ProbeMessage>;
  readonly DB: D1Database;
}

/** What the alarm is to do in each of its firings, the first first. */
export type AlarmStep = "return" | "throw" | "set and throw" | "set and return";

export interface Firing {
  readonly step: AlarmStep | "nothing";
  /** What `getAlarm()` says within the handler. */
  readonly alarmInside: number | null;
  readonly isRetry: boolean;
  readonly retryCount: number;
}

/** What the consumer is to do with a message, in this order. */
export interface ProbeMessage {
  readonly name: string;
  readonly calls: readonly ("ack" | "retry" | "throw")[];
}

export class Probe extends DurableObject<ProbeEnv> {
  readonly bornAs = crypto.randomUUID();
  memory = 0;
  #inside = 0;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(ctx: DurableObjectState, env: ProbeEnv) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)");
  }

  ownName(): string | undefined {
    return this.ctx.id.name;
  }

  born(): string {
    return this.bornAs;
  }

  echo(text: string): string {
    return text;
  }

  echoData(data: object): object {
    return data;
  }

  note(text: string): number {
    this.ctx.storage.sql.exec("INSERT INTO note (text) VALUES (?)", text);
    return this.notes().length;
  }

  notes(): readonly string[] {
    return this.ctx.storage.sql
      .exec<{ text: string }>("SELECT text FROM note ORDER BY id")
      .toArray()
      .map((row) => row.text);
  }

  /** Reads, waits for another object, and writes what it read: how many were between the two at once. */
  async across(other: string): Promise<number> {
    this.#inside += 1;
    const depth = this.#inside;
    await this.env.PROBE.getByName(other).echo("");
    const most = Math.max(depth, this.#inside);
    this.#inside -= 1;
    return most;
  }

  /** The reply leaves first; the note is written after it. */
  noteLater(text: string): void {
    const later = async () => {
      await this.env.PROBE.getByName("far").echo(text);
      this.note(text);
      this.#tell();
    };
    this.ctx.waitUntil(later());
  }

  throwError(): never {
    throw new ProbeError("on purpose");
  }

  end(): void {
    this.ctx.abort("on purpose");
  }

  async plan(steps: readonly AlarmStep[], inMs = 0): Promise<void> {
    await this.ctx.storage.put("plan", steps);
    await this.ctx.storage.setAlarm(Date.now() + inMs);
  }

  async firings(): Promise<readonly Firing[]> {
    return (await this.ctx.storage.get<Firing[]>("firings")) ?? [];
  }

  override async alarm(told?: AlarmInvocationInfo): Promise<void> {
    const [step, ...rest] = (await this.ctx.storage.get<AlarmStep[]>("plan")) ?? [];
    const firing: Firing = {
      step: step ?? "nothing",
      alarmInside: await this.ctx.storage.getAlarm(),
      isRetry: told?.isRetry ?? false,
      retryCount: told?.retryCount ?? 0,
    };
    await this.ctx.storage.put("plan", rest);
    await this.ctx.storage.put("firings", [...(await this.firings()), firing]);
    if (step?.startsWith("set")) await this.ctx.storage.setAlarm(Date.now() + 10);
    this.#tell();
    if (step?.endsWith("throw")) throw new Error("the alarm fails on purpose");
  }

  /** Resolves when there are so many notes and firings together. */
  async until(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push({ count, resolve });
      void this.#look();
    });
  }

  #tell(): void {
    void this.#look();
  }

  async #look(): Promise<void> {
    const count = this.notes().length + (await this.firings()).length;
    const done = this.#waiting.filter((one) => one.count <= count);
    this.#waiting = this.#waiting.filter((one) => one.count > count);
    for (const { resolve } of done) resolve();
  }

  /** Of the queue's consumer: what was delivered, and how often. */
  delivered(name: string): void {
    this.note(name);
    this.#tell();
  }
}

export class ProbeError extends Error {
  override readonly name = "ProbeError";
  readonly code = 42;
}

/** Each delivery is noted by an object of the message's name, and then treated as the message says; a repeat is acked. */
export async function consumeProbes(batch: MessageBatch<ProbeMessage>, env: ProbeEnv): Promise<void> {
  let mustThrow = false;
  for (const message of batch.messages) {
    const { name, calls } = message.body;
    if (message.attempts > 1) {
      message.ack();
    } else {
      for (const call of calls) {
        if (call === "ack") message.ack();
        else if (call === "retry") message.retry();
        else mustThrow = true;
      }
    }
    await env.PROBE.getByName(name).delivered(`${name} ${message.attempts}`);
  }
  if (mustThrow) throw new Error("the consumer fails on purpose");
}

/** What a call failed with, or null. A stub's promise is a proxy as well, which `expect().rejects` would look into. */
export async function failureOf(call: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    await call();
    return null;
  } catch (error) {
    return error;
  }
}
