/**
 * What the platform itself takes for the same journeys: a queue whose consumer calls an object back once per batch, which
 * writes one row per message and does nothing else. No engine, no catalog: nothing on this runtime can be faster.
 */
import { DurableObject } from "cloudflare:workers";

interface RawEnv {
  readonly RAW: DurableObjectNamespace<RawObject>;
  readonly RAW_QUEUE: Queue<RawMessage>;
  readonly DB: D1Database;
}

interface RawMessage {
  readonly object: string;
  readonly id: number;
}

export interface RawState {
  readonly startAt: number;
  readonly endAt: number | null;
  readonly count: number;
}

const SEND = 100;
const PARALLEL = 4;
const ROWS = 1_000;
const ROWS_PER_CALL = 10;
const INSERT = "INSERT OR REPLACE INTO row (id, text) SELECT value ->> 0, value ->> 1 FROM json_each(?1)";

function rowsJson(from: number, count: number): string {
  return JSON.stringify(Array.from({ length: count }, (_, place) => [from + place, `row ${from + place}`]));
}

export class RawObject extends DurableObject<RawEnv> {
  #startAt = 0;
  #endAt: number | null = null;
  #wanted = 0;
  #chained = 0;
  #count = 0;

  constructor(ctx: DurableObjectState, env: RawEnv) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
  }

  state(): RawState {
    return { startAt: this.#startAt, endAt: this.#endAt, count: this.#count };
  }

  async chain(count: number): Promise<void> {
    this.#begin(1);
    this.#chained = count;
    await this.#send(0, 1);
  }

  async echo(count: number): Promise<void> {
    this.#begin(count);
    const batches = Array.from({ length: Math.ceil(count / SEND) }, (_, place) => place * SEND).values();
    const worker = async () => {
      for (const from of batches) await this.#send(from, Math.min(SEND, count - from));
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  }

  /** Of the consumer: all messages of one batch. */
  async took(ids: readonly number[]): Promise<void> {
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec(INSERT, JSON.stringify(ids.map((id) => [id, `row ${id}`])));
    });
    this.#count += ids.length;
    if (this.#chained > this.#count) await this.#send(this.#count, 1);
    else if (this.#count >= this.#wanted) this.#endAt ??= Date.now();
  }

  rows(count: number): number {
    const from = performance.now();
    for (let at = 0; at < count; at += ROWS) {
      const rows = rowsJson(at, Math.min(ROWS, count - at));
      this.ctx.storage.transactionSync(() => this.ctx.storage.sql.exec(INSERT, rows));
    }
    return performance.now() - from;
  }

  async wakeAt(at: number): Promise<void> {
    await this.ctx.storage.setAlarm(at);
    await this.ctx.storage.put("at", at);
  }

  override async alarm(): Promise<void> {
    await this.#send(0, 1);
  }

  /** Of the consumer, for an object that woke by its alarm: how late it is. */
  async late(): Promise<number> {
    this.ctx.storage.sql.exec(INSERT, rowsJson(0, 1));
    return Date.now() - ((await this.ctx.storage.get<number>("at")) ?? 0);
  }

  #begin(wanted: number): void {
    this.ctx.storage.sql.exec("DELETE FROM row");
    this.#startAt = Date.now();
    this.#endAt = null;
    this.#count = 0;
    this.#chained = 0;
    this.#wanted = wanted;
  }

  async #send(from: number, count: number): Promise<void> {
    const object = this.ctx.id.name ?? "";
    await this.env.RAW_QUEUE.sendBatch(Array.from({ length: count }, (_, at) => ({ body: { object, id: from + at } })));
  }
}

/** Of the objects that wake by their alarms. */
const lateness: number[] = [];

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const count = Number(url.searchParams.get("n") ?? 0);
    const object = env.RAW.getByName(url.searchParams.get("object") ?? "one");
    switch (url.pathname) {
      case "/chain":
        await object.chain(count);
        return Response.json({});
      case "/echo":
        await object.echo(count);
        return Response.json({});
      case "/state":
        return Response.json(await object.state());
      case "/rows":
        return Response.json({ ms: await object.rows(count) });
      case "/d1":
        return Response.json({ ms: await writeCatalog(env.DB, count) });
      case "/calls":
        return Response.json({ ms: await callObjects(env, count, Number(url.searchParams.get("rounds"))) });
      case "/due":
        await env.RAW.getByName(`due ${url.searchParams.get("object")}`).wakeAt(Number(url.searchParams.get("at")));
        return Response.json({});
      case "/lateness":
        return Response.json({ lateness });
      default:
        return Response.json({});
    }
  },

  async queue(batch, env) {
    const ids = new Map<string, number[]>();
    for (const { body } of batch.messages) ids.set(body.object, [...(ids.get(body.object) ?? []), body.id]);
    const call = async ([object, list]: readonly [string, readonly number[]]) => {
      if (object.startsWith("due ")) lateness.push(await env.RAW.getByName(object).late());
      else await env.RAW.getByName(object).took(list);
    };
    await Promise.all([...ids].map(call));
  },
} satisfies ExportedHandler<RawEnv, RawMessage>;

/** So many objects beside each other, each called again as soon as it answers: ten rows with each call. */
async function callObjects(env: RawEnv, count: number, rounds: number): Promise<number> {
  const from = Date.now();
  const callOne = async (_: unknown, place: number) => {
    const object = env.RAW.getByName(`calls ${place}`);
    const ids = Array.from({ length: ROWS_PER_CALL }, (_row, id) => id);
    for (let round = 0; round < rounds; round++) await object.took(ids);
  };
  await Promise.all(Array.from({ length: count }, callOne));
  return Date.now() - from;
}

async function writeCatalog(database: D1Database, count: number): Promise<number> {
  await database.exec("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
  const from = performance.now();
  for (let at = 0; at < count; at += ROWS) {
    await database.batch([database.prepare(INSERT).bind(rowsJson(at, Math.min(ROWS, count - at)))]);
  }
  return performance.now() - from;
}
