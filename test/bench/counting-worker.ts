/**
 * The same Worker with every billable operation counted on its way to the platform. Counting is done at the platform's own
 * prototypes, so that nothing of Updraft knows of it. `GET /bench/counts` tells the counts and begins anew.
 */

import type { Env } from "../../workers/cloudflare/env.ts";
import worker, { Bundle, DagScheduler, Limits, TaskRunner } from "../../workers/cloudflare/worker.ts";

export { Bundle, DagScheduler, Limits, TaskRunner };

export interface Counts {
  workerRequests: number;
  objectRequests: number;
  alarms: number;
  objectRowsRead: number;
  objectRowsWritten: number;
  catalogRowsRead: number;
  catalogRowsWritten: number;
  queueMessages: number;
  queueOperations: number;
  storeWrites: number;
  storeReads: number;
}

const none: Counts = {
  workerRequests: 0,
  objectRequests: 0,
  alarms: 0,
  objectRowsRead: 0,
  objectRowsWritten: 0,
  catalogRowsRead: 0,
  catalogRowsWritten: 0,
  queueMessages: 0,
  queueOperations: 0,
  storeWrites: 0,
  storeReads: 0,
};

/** The objects live in the isolate of the Worker that defines them, so one record is enough. */
let counts: Counts = { ...none };

type Method = (this: unknown, ...args: unknown[]) => unknown;

const patched = new WeakSet<object>();

/** Puts something around methods of the prototype behind a value, once. */
function around(
  value: object,
  methods: Readonly<Record<string, (call: () => unknown, args: unknown[]) => unknown>>,
): void {
  const prototype = Object.getPrototypeOf(value) as Record<string, Method>;
  if (patched.has(prototype)) return;
  patched.add(prototype);
  for (const [name, wrap] of Object.entries(methods)) {
    const original = prototype[name];
    if (original === undefined) throw new Error(`There is no ${name}`);
    prototype[name] = function (this: unknown, ...args: unknown[]) {
      return wrap(() => original.apply(this, args), args);
    };
  }
}

function countStorage(storage: DurableObjectStorage): void {
  around(storage.sql, {
    exec: (call) => {
      const cursor = call() as SqlStorageCursor<Record<string, SqlStorageValue>>;
      const rows = cursor.toArray();
      counts.objectRowsRead += cursor.rowsRead;
      counts.objectRowsWritten += cursor.rowsWritten;
      return { toArray: () => rows };
    },
  });
  around(storage, {
    setAlarm: (call) => {
      counts.objectRowsWritten += 1;
      return call();
    },
    put: (call) => {
      counts.objectRowsWritten += 1;
      return call();
    },
  });
}

/** Each call of a method is a request, an alarm too. */
function countObject(prototype: object): void {
  const methods = prototype as Record<string, Method>;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const original = methods[name];
    if (name === "constructor" || typeof original !== "function") continue;
    methods[name] = function (this: unknown, ...args: unknown[]) {
      countStorage((this as { readonly ctx: DurableObjectState }).ctx.storage);
      counts.objectRequests += 1;
      if (name === "alarm") counts.alarms += 1;
      return original.apply(this, args);
    };
  }
}

for (const { prototype } of [Bundle, DagScheduler, Limits]) countObject(prototype);

function countResult(result: unknown): void {
  const { meta } = result as D1Result;
  counts.catalogRowsRead += meta.rows_read;
  counts.catalogRowsWritten += meta.rows_written;
}

function countBindings(env: Env): void {
  around(env.DB, {
    batch: async (call) => {
      const results = (await call()) as unknown[];
      results.forEach(countResult);
      return results;
    },
  });
  const send = (count: number) => {
    counts.queueMessages += count;
    counts.queueOperations += count;
  };
  around(env.TASKS, {
    sendBatch: (call, [messages]) => {
      send((messages as unknown[]).length);
      return call();
    },
    send: (call) => {
      send(1);
      return call();
    },
  });
  const count = (name: "storeWrites" | "storeReads") => (call: () => unknown) => {
    counts[name] += 1;
    return call();
  };
  around(env.OBJECTS, { put: count("storeWrites"), list: count("storeWrites"), get: count("storeReads") });
}

export default {
  ...worker,
  async fetch(request, env, ctx) {
    countBindings(env);
    if (new URL(request.url).pathname === "/bench/counts") {
      const told = counts;
      counts = { ...none };
      return Response.json(told);
    }
    counts.workerRequests += 1;
    return worker.fetch(request, env, ctx);
  },
  async queue(batch, env, ctx) {
    countBindings(env);
    counts.workerRequests += 1;
    // Each message is read, and deleted once it is acknowledged.
    counts.queueOperations += 2 * batch.messages.length;
    await worker.queue(batch, env, ctx);
  },
} satisfies ExportedHandler<Env>;
