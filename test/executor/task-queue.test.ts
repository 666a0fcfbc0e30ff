import { expect, test } from "vitest";
import type { DagId, RunId, TaskId } from "../../src/dag/ids.ts";
import type { TaskFunctions } from "../../src/executor/ports.ts";
import type { QueueMessage } from "../../src/executor/protocol.ts";
import { type Env, taskEnv } from "../../workers/cloudflare/env.ts";
import { CloudflareTaskQueues, consumeDeadLetters, consumeTasks } from "../../workers/cloudflare/task-queue.ts";
import { within } from "../../workers/cloudflare/within.ts";
import { gate } from "./fake-ports.ts";
import { FakeScheduler } from "./fake-scheduler.ts";

/** A producer binding that remembers what was sent. */
class FakeQueue {
  readonly batches: (readonly { readonly body: unknown }[])[] = [];

  async sendBatch(batch: readonly { readonly body: unknown }[]): Promise<void> {
    this.batches.push(batch);
  }
}

class FakeMessage {
  readonly id = "id";
  readonly timestamp = new Date(0);
  readonly attempts = 6;
  readonly body: unknown;
  fate: unknown = null;

  constructor(body: unknown) {
    this.body = body;
  }

  ack(): void {
    this.fate ??= "acked";
  }

  retry(options?: unknown): void {
    this.fate ??= options;
  }
}

function batchOf(queue: string, messages: readonly FakeMessage[]): MessageBatch {
  return { queue, messages, retryAll() {}, ackAll() {} } as unknown as MessageBatch;
}

function envWith(bindings: object): Env {
  return bindings as Env;
}

function message(token: number, idLength = 10): QueueMessage {
  const id = "x".repeat(idLength);
  return { v: 1, dagId: id as DagId, runId: id as RunId, taskId: id as TaskId, mapIndex: -1, token };
}

function functionsOf(run: () => unknown): TaskFunctions {
  return { bundleId: "bundle", find: () => async () => run() };
}

/** The bindings of a Worker whose only DAG has one task `t0`. */
function envOf(scheduler: FakeScheduler, bindings: object = {}): Env {
  return envWith({ DAG_SCHEDULER: { getByName: () => scheduler }, OBJECTS: {}, ...bindings });
}

test("messages are sent to the queue they are for", async () => {
  const [tasks, tasksLong] = [new FakeQueue(), new FakeQueue()];
  const queues = new CloudflareTaskQueues(envWith({ TASKS: tasks, TASKS_LONG: tasksLong }));
  await queues.send("tasks-long", [message(1)]);
  expect(tasks.batches).toEqual([]);
  expect(tasksLong.batches).toEqual([[{ body: message(1), contentType: "json" }]]);
});

test("a send holds at most 100 messages and stays under the platform's 256 KB", async () => {
  const tasks = new FakeQueue();
  const queues = new CloudflareTaskQueues(envWith({ TASKS: tasks, TASKS_LONG: tasks }));
  await queues.send(
    "tasks",
    Array.from({ length: 250 }, (_, token) => message(token)),
  );
  await queues.send(
    "tasks",
    Array.from({ length: 100 }, (_, token) => message(token, 1_000)),
  );
  expect(tasks.batches.map(({ length }) => length)).toEqual([100, 100, 50, 63, 37]);
});

test("sending nothing calls nothing", async () => {
  const tasks = new FakeQueue();
  await new CloudflareTaskQueues(envWith({ TASKS: tasks, TASKS_LONG: tasks })).send("tasks", []);
  expect(tasks.batches).toEqual([]);
});

test("a queue that refuses is a PlatformError that may be retried, with the cause", async () => {
  const cause = new Error("Queue is overloaded. Please back off.");
  const tasks = { sendBatch: () => Promise.reject(cause) };
  const queues = new CloudflareTaskQueues(envWith({ TASKS: tasks, TASKS_LONG: tasks }));
  await expect(queues.send("tasks", [message(1)])).rejects.toMatchObject({
    name: "PlatformError",
    code: "queue_send_failed",
    retryable: true,
    message: 'Cannot send 1 messages to "tasks": Queue is overloaded. Please back off.',
    cause,
  });
});

test("a call that hangs is given up", async () => {
  const hanging = new Promise<never>(() => {});
  await expect(within({ code: "late", what: "wait", ms: 1 }, hanging)).rejects.toMatchObject({
    code: "late",
    retryable: true,
    message: "Cannot wait: no answer in 1 ms",
  });
});

test("deployed, the handler stays until every try has ended", async () => {
  const scheduler = new FakeScheduler("dag", [{ taskId: "t0" }]);
  const hold = gate();
  const messages = scheduler.messages().map((body) => new FakeMessage(body));
  let hasReturned = false;
  const handled = consumeTasks(
    batchOf("updraft-tasks", messages),
    envOf(scheduler),
    { waitUntil: () => expect.unreachable() },
    functionsOf(() => hold.passed),
  ).then(() => {
    hasReturned = true;
  });
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(messages[0]?.fate).toBe("acked");
  expect(hasReturned).toBe(false);
  hold.open();
  await handled;
  expect(scheduler.committed.size).toBe(1);
});

test("under `npm start` the handler returns once its messages are settled, and the tries go on", async () => {
  const scheduler = new FakeScheduler("dag", [{ taskId: "t0" }]);
  const hold = gate();
  const background: Promise<unknown>[] = [];
  const messages = scheduler.messages().map((body) => new FakeMessage(body));
  await consumeTasks(
    batchOf("updraft-tasks-long", messages),
    envOf(scheduler, { LOCAL_PARALLEL: "1" }),
    { waitUntil: (promise) => background.push(promise) },
    functionsOf(() => hold.passed),
  );
  expect(messages[0]?.fate).toBe("acked");
  expect(scheduler.committed.size).toBe(0);
  hold.open();
  await Promise.all(background);
  expect(scheduler.committed.size).toBe(1);
  expect(scheduler.claims[0]?.channel).toBe("tasks-long");
});

test("a message to be tried later waits in whole seconds", async () => {
  const newer = new FakeMessage({ v: 99 });
  await consumeTasks(
    batchOf("updraft-tasks", [newer]),
    envWith({}),
    { waitUntil() {} },
    functionsOf(() => null),
  );
  expect(newer.fate).toEqual({ delaySeconds: 30 });
});

test("an empty batch, which the local queue sometimes delivers, does nothing", async () => {
  const context = { waitUntil: () => expect.unreachable() };
  await consumeTasks(
    batchOf("updraft-tasks", []),
    envWith({}),
    context,
    functionsOf(() => null),
  );
});

test("a dead letter is acknowledged", () => {
  const message = new FakeMessage({ v: 1 });
  consumeDeadLetters(batchOf("updraft-tasks-dlq", [message]));
  expect(message.fate).toBe("acked");
});

test("tasks see the deployment's bindings, without Updraft's own and without the setup token", () => {
  const env = envWith({ ORIGIN: "https://updraft.example.com/", BUCKET: "theirs", DB: "ours", SETUP_TOKEN: "secret" });
  expect({ ...taskEnv(env) }).toEqual({ ORIGIN: "https://updraft.example.com", BUCKET: "theirs" });
});

test("a deployment that does not know its address says how to set it, to the task that asks", () => {
  const visible = taskEnv(envWith({ BUCKET: "theirs" }));
  expect(() => visible.ORIGIN).toThrow(/UPDRAFT_ORIGIN/);
});
