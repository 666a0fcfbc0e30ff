import { expect, test } from "vitest";
import { FailWithoutRetry, RetryAfter, Skip } from "../../src/dag/errors.ts";
import type { DagId, RunId, TaskId } from "../../src/dag/ids.ts";
import type { Grant, TryOutcome, TryReport, XComValue } from "../../src/executor/protocol.ts";
import { type RunningTry, startTry } from "../../src/executor/run-try.ts";
import { XComReader } from "../../src/executor/xcom-reader.ts";
import { settle } from "../fixtures/manual-timer.ts";
import { type FakePorts, fakePorts, gate, type Scope } from "./fake-ports.ts";
import { FakeScheduler, runFacts } from "./fake-scheduler.ts";

const runId = "run" as RunId;

type TaskBody = (scope: Scope) => unknown;

function start(
  task: TaskBody | null,
  grant: Partial<Grant> = {},
  scheduler = new FakeScheduler("dag", []),
): { readonly running: RunningTry; readonly ports: FakePorts; readonly scheduler: FakeScheduler } {
  const ports = fakePorts([scheduler], task === null ? {} : { work: task });
  return { running: startIn(ports, grant), ports, scheduler };
}

function startIn(ports: FakePorts, grant: Partial<Grant> = {}, reader = new XComReader(ports)): RunningTry {
  return startTry(ports, reader, {
    dagId: "dag" as DagId,
    run: runFacts(runId),
    grant: {
      runId,
      taskId: "work" as TaskId,
      mapIndex: -1,
      token: 42,
      tryNumber: 1,
      maxTries: 3,
      leaseMs: 90_000,
      executionTimeoutMs: null,
      inputs: {},
      ...grant,
    },
  });
}

async function outcomeOf(task: TaskBody | null): Promise<TryOutcome> {
  return (await start(task).running.report).outcome;
}

async function failureOf(report: Promise<TryReport>): Promise<Extract<TryOutcome, { type: "failed" }>> {
  const { outcome } = await report;
  if (outcome.type !== "failed") throw new Error(`The try ended as ${outcome.type}`);
  return outcome;
}

function inlineInput(json: string): Grant["inputs"][string] {
  return { taskId: "up" as TaskId, value: { type: "inline", json } };
}

class AuthorsError extends Error {
  override readonly name = "AuthorsError";
}

test.each<[string, TaskBody, TryOutcome]>([
  [
    "a returned value is the result",
    () => ({ a: [1, "x"] }),
    { type: "success", returnValue: inline('{"a":[1,"x"]}') },
  ],
  ["a promised value is the result", async () => 7, { type: "success", returnValue: inline("7") }],
  ["null is a value", () => null, { type: "success", returnValue: inline("null") }],
  ["nothing returned is no value", () => undefined, { type: "success", returnValue: null }],
  ["Skip skips with its message", thrower(new Skip("weekend")), { type: "skipped", message: "weekend" }],
  ["Skip without a message", thrower(new Skip()), { type: "skipped", message: null }],
])("%s", async (_name, task, outcome) => {
  expect(await outcomeOf(task)).toEqual(outcome);
});

test.each<[string, unknown, Extract<TryOutcome, { type: "failed" }>["retry"]]>([
  ["an error may be retried", new Error("no"), { type: "allowed" }],
  ["FailWithoutRetry may not", new FailWithoutRetry("no"), { type: "forbidden" }],
  ["RetryAfter chooses the delay", new RetryAfter("90s"), { type: "after", ms: 90_000 }],
  ["RetryAfter of another copy of the library", foreign("RetryAfter", { delayMs: 5 }), { type: "after", ms: 5 }],
  ["FailWithoutRetry of another copy of the library", foreign("FailWithoutRetry", {}), { type: "forbidden" }],
  ["RetryAfter without a delay", foreign("RetryAfter", {}), { type: "allowed" }],
])("%s", async (_name, thrown, retry) => {
  expect(await outcomeOf(thrower(thrown))).toMatchObject({ type: "failed", retry, reason: null });
});

test("Skip of another copy of the library skips", async () => {
  expect(await outcomeOf(thrower(foreign("Skip", {})))).toMatchObject({ type: "skipped" });
});

test("an error is stored with its name, message, stack and causes", async () => {
  const error = new AuthorsError("top", { cause: new TypeError("middle", { cause: "bottom" }) });
  const outcome = await failureOf(start(thrower(error)).running.report);
  expect(outcome.error).toMatchObject({
    name: "AuthorsError",
    message: "top",
    causes: [
      { name: "TypeError", message: "middle" },
      { name: "Thrown string", message: "bottom" },
    ],
  });
  expect(outcome.error.stack).toContain("run-try.test.ts");
});

test("all texts of an error are capped, and a cycle of causes ends", async () => {
  const error = new Error("m".repeat(1_000_000));
  error.cause = error;
  error.stack = "s".repeat(1_000_000);
  const { error: stored } = await failureOf(start(thrower(error)).running.report);
  expect(stored.causes).toHaveLength(5);
  expect(JSON.stringify(stored).length).toBeLessThan(20_000);
});

test.each([
  ["a text", "boom", "boom"],
  ["nothing", undefined, "undefined"],
  ["an object", { code: 5 }, '{"code":5}'],
  ["an object whose message throws", hostile(), "{}"],
])("throwing %s is a failure like any other", async (_name, thrown, message) => {
  const outcome = await failureOf(start(thrower(thrown)).running.report);
  expect(outcome.error.message).toBe(message);
  expect(outcome.retry).toEqual({ type: "allowed" });
});

test("a task that the bundle does not have fails as version_missing", async () => {
  expect(await failureOf(start(null).running.report)).toMatchObject({
    reason: "version_missing",
    error: { message: expect.stringContaining("no such task") },
  });
});

test("the context tells the run, the interval, the task and the attempt", async () => {
  let seen: Scope | null = null;
  await start(
    (scope) => {
      seen = scope;
    },
    { token: 9, tryNumber: 2, inputs: { rows: inlineInput("[1,2]") } },
  ).running.report;
  expect(seen).toMatchObject({
    params: { year: 2015 },
    run: { dagId: "dag", runId: "run", runType: "manual", logicalAt: new Date("2026-01-01T00:00:00Z") },
    interval: { startAt: new Date("2025-12-31T00:00:00Z"), endAt: new Date("2026-01-01T00:00:00Z") },
    task: { taskId: "work", mapIndex: -1 },
    attempt: { tryNumber: 2, maxTries: 3, token: 9 },
    env: { ORIGIN: "http://127.0.0.1:8787" },
    rows: [1, 2],
  });
});

test("a task that ends before its timeout leaves no timer behind", async () => {
  const { running, ports } = start(() => 1, { executionTimeoutMs: 1_000 });
  expect((await running.report).outcome).toEqual({ type: "success", returnValue: inline("1") });
  expect(ports.timer.pendingCount).toBe(0);
});

test("a timeout aborts the signal, and the try fails as timeout", async () => {
  let abortedAt = 0;
  const { running, ports } = start(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          abortedAt = ports.timer.now();
          reject(signal.reason);
        });
      }),
    { executionTimeoutMs: 30_000 },
  );
  const startAt = ports.timer.now();
  await ports.timer.advance(30_000);
  expect(await failureOf(running.report)).toMatchObject({
    reason: "timeout",
    retry: { type: "allowed" },
    error: { name: "TimeoutError", message: "The task ran longer than its execution timeout of 30000 ms" },
  });
  expect(abortedAt - startAt).toBe(30_000);
});

test("a function that ignores its timeout is left behind after a grace, and what it does later is ignored", async () => {
  const hold = gate();
  const { running, ports } = start(
    async ({ log, xcom }) => {
      log.info("before");
      await hold.passed;
      log.info("after");
      xcom.push("late", 1);
      return "late";
    },
    { executionTimeoutMs: 10_000 },
  );
  await ports.timer.advance(11_000);
  const report = await running.report;
  expect(report).toMatchObject({ outcome: { type: "failed", reason: "timeout" }, xcoms: [], logChunkCount: 1 });
  const putCount = ports.objects.putCount;
  hold.open();
  await ports.timer.advance(60_000);
  expect(ports.objects.putCount).toBe(putCount);
});

test("a result that comes after the timeout is still a timeout", async () => {
  const { running, ports } = start(
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve("anyway"))),
    { executionTimeoutMs: 1_000 },
  );
  await ports.timer.advance(1_000);
  expect((await running.report).outcome).toMatchObject({ type: "failed", reason: "timeout" });
});

test("a try that is stopped before its inputs have come does not call the function", async () => {
  const hold = gate();
  let isCalled = false;
  const { running, ports, scheduler } = start(
    () => {
      isCalled = true;
    },
    { inputs: { rows: { taskId: "up" as TaskId, value: { type: "later" } } } },
  );
  const read = scheduler.readXComs.bind(scheduler);
  scheduler.readXComs = async (items) => {
    await hold.passed;
    return read(items);
  };
  running.stop("cancelled");
  hold.open();
  await ports.timer.advance(2_000);
  expect((await running.report).outcome).toMatchObject({ type: "failed", reason: "cancelled" });
  expect(isCalled).toBe(false);
});

test.each<[string, unknown, string]>([
  ["a function", { rows: [{ run: () => 1 }] }, "value.rows[0].run is a function"],
  ["a bigint", [1n], "value[0] is a bigint"],
  ["NaN", { mean: Number.NaN }, "value.mean is NaN"],
  ["Infinity", { "a b": [1, Number.POSITIVE_INFINITY] }, 'value["a b"][1] is Infinity'],
  ["a cycle", cycle(), "value.self refers back to an object that contains it"],
  ["a Map", { index: new Map([[1, 2]]) }, "value.index is a Map"],
  ["bytes", { raw: new Uint8Array(3) }, "value.raw is a Uint8Array"],
  ["a promise", [Promise.resolve(1)], "value[0] is a Promise"],
  ["endless nesting", nested(600), "deeper than 500 levels"],
])("returning %s fails as xcom_not_json and names the place", async (_name, value, problem) => {
  const outcome = await failureOf(start(() => value).running.report);
  expect(outcome.reason).toBe("xcom_not_json");
  expect(outcome.error.message).toContain(problem);
});

test("what JSON carries, or leaves out as the types say, is kept", async () => {
  const value = { at: new Date(0), none: undefined, list: [undefined, null], same: [shared, shared] };
  expect(await outcomeOf(() => value)).toEqual({
    type: "success",
    returnValue: inline('{"at":"1970-01-01T00:00:00.000Z","list":[null,null],"same":[{"a":1},{"a":1}]}'),
  });
});

test("a result of more than 48 KB is written to the object store first, under a key with the token", async () => {
  const value = "é".repeat(24_000);
  const { running, ports } = start(() => value);
  const { outcome } = await running.report;
  const key = "xcom/dag/run/work/-1/0000000000000042/0.json";
  expect(outcome).toMatchObject({ returnValue: { type: "ref", key, bytes: 48_002 } });
  expect(outcome).toMatchObject({ returnValue: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  expect(outcome).toMatchObject({ returnValue: { preview: `"${"é".repeat(1_023)}` } });
  expect(ports.objects.keys()).toEqual([key]);
});

test("a result of exactly 48,000 bytes travels in the report", async () => {
  const { outcome } = await start(() => "x".repeat(47_998)).running.report;
  expect(outcome).toMatchObject({ returnValue: { type: "inline" } });
});

test("a result of more than 16 MB fails as xcom_too_large and writes nothing", async () => {
  const { running, ports } = start(() => "x".repeat(16_000_000));
  expect(await failureOf(running.report)).toMatchObject({ reason: "xcom_too_large" });
  expect(ports.objects.keys()).toEqual([]);
});

test("an object store that does not take a result fails the try as xcom_not_stored", async () => {
  const { running, ports } = start(() => "x".repeat(50_000));
  ports.objects.failPuts = 3;
  const report = failureOf(running.report);
  await drive(ports, running);
  expect(await report).toMatchObject({
    reason: "xcom_not_stored",
    error: { causes: [{ message: "the object store is down" }] },
  });
});

test("an object store that fails once is asked again", async () => {
  const { running, ports } = start(() => "x".repeat(50_000));
  ports.objects.failPuts = 1;
  await drive(ports, running);
  expect((await running.report).outcome).toMatchObject({ type: "success", returnValue: { type: "ref" } });
});

test("pushed values are those of the moment of the push, and come with the report", async () => {
  const { running } = start(({ xcom }) => {
    const counts = { seen: 1 };
    xcom.push("counts", counts);
    counts.seen = 2;
    xcom.push("other", "x");
    xcom.push("other", "y");
  });
  expect((await running.report).xcoms).toEqual([
    { key: "counts", value: inline('{"seen":1}') },
    { key: "other", value: inline('"y"') },
  ]);
});

test("pushed values come with a failure and a skip as well", async () => {
  const pushing = (thrown: Error) =>
    start(({ xcom }) => {
      xcom.push("page", 3);
      throw thrown;
    });
  for (const thrown of [new Error("no"), new Skip("no")]) {
    expect((await pushing(thrown).running.report).xcoms).toEqual([{ key: "page", value: inline("3") }]);
  }
});

test.each<[string, (scope: Scope) => void, string | null]>([
  ["what is no JSON", ({ xcom }) => xcom.push("k", () => 1), "xcom_not_json"],
  ["an empty key", ({ xcom }) => xcom.push("", 1), null],
  ["the key return_value", ({ xcom }) => xcom.push("return_value", 1), null],
  [
    "too many keys",
    ({ xcom }) => {
      for (let i = 0; i <= 100; i++) xcom.push(`k${i}`, i);
    },
    null,
  ],
])("pushing %s fails at the place of the push", async (_name, task, reason) => {
  expect(await failureOf(start(task).running.report)).toMatchObject({ reason });
});

test("many pushed values stay small in the report: what exceeds 48 KB together goes to the object store", async () => {
  const { running } = start(({ xcom }) => {
    for (let i = 0; i < 5; i++) xcom.push(`k${i}`, "x".repeat(20_000));
  });
  expect((await running.report).xcoms.map(({ value }) => value.type)).toEqual([
    "inline",
    "inline",
    "ref",
    "ref",
    "ref",
  ]);
});

test("inputs come inline, by reference and later; a missing one is undefined", async () => {
  const { ports, scheduler, value } = await storedValue();
  let seen: unknown = null;
  const functions = {
    work: ({ a, b, c, d, e }: Scope) => {
      seen = { a, b, c, d, e };
    },
  };
  const withFunctions = { ...ports, functions: fakePorts([], functions).functions };
  scheduler.xcoms.set("late/return_value", inline('"late"'));
  await startIn(withFunctions, {
    inputs: {
      a: inlineInput('"here"'),
      b: { taskId: "up" as TaskId, value },
      c: { taskId: "late" as TaskId, value: { type: "later" } },
      d: { taskId: "never" as TaskId, value: { type: "later" } },
      e: { taskId: "up" as TaskId, value: { type: "missing" } },
    },
  }).report;
  expect(seen).toEqual({ a: "here", b: "x".repeat(50_000), c: "late", d: undefined, e: undefined });
});

test("a value in the object store is fetched once per invocation", async () => {
  const { ports, value } = await storedValue();
  const reader = new XComReader(ports);
  const inputs = { big: { taskId: "up" as TaskId, value } };
  const tries = [1, 2, 3].map((token) => startIn(ports, { token, inputs }, reader));
  for (const { report } of tries) expect((await report).outcome).toMatchObject({ type: "success" });
  expect(ports.objects.getCount).toBe(1);
});

test("a value that could not be fetched once is asked for again by the next try of the invocation", async () => {
  const { ports, value } = await storedValue();
  const reader = new XComReader(ports);
  const get = ports.objects.get.bind(ports.objects);
  ports.objects.get = () => Promise.reject(new Error("the object store is down"));
  const inputs = { big: { taskId: "up" as TaskId, value } };
  const first = startIn(ports, { token: 1, inputs }, reader);
  await drive(ports, first);
  expect(await failureOf(first.report)).toMatchObject({ reason: "input_unavailable" });
  ports.objects.get = get;
  expect((await startIn(ports, { token: 2, inputs }, reader).report).outcome).toMatchObject({ type: "success" });
});

test("what a task pushes after it returned is ignored, even while its result is still being stored", async () => {
  const stored = gate();
  const { running, ports } = start(({ xcom }) => {
    void stored.passed.then(() => xcom.push("late", 1));
    return "x".repeat(50_000);
  });
  const put = ports.objects.put.bind(ports.objects);
  ports.objects.put = async (key, value) => {
    await put(key, value);
    stored.open();
    await settle();
  };
  expect((await running.report).xcoms).toEqual([]);
});

test("inputs and params cannot be changed, small ones neither", async () => {
  const inputs = { rows: inlineInput("[[3],[1]]") };
  expect(
    await failureOf(start(({ rows }) => (rows as number[][])[0]?.push(1), { inputs }).running.report),
  ).toMatchObject({
    error: { name: "TypeError" },
  });
});

test("a value whose checksum is another fails as input_unavailable", async () => {
  const { ports, value } = await storedValue();
  const broken = { ...value, sha256: "0".repeat(64) } as XComValue;
  const running = startIn(ports, { inputs: { big: { taskId: "up" as TaskId, value: broken } } });
  expect(await failureOf(running.report)).toMatchObject({ reason: "input_unavailable" });
});

test("a value that is gone from the object store fails as input_unavailable", async () => {
  const { ports, value } = await storedValue();
  await ports.objects.delete(ports.objects.keys());
  const running = startIn(ports, { inputs: { big: { taskId: "up" as TaskId, value } } });
  expect(await failureOf(running.report)).toMatchObject({ reason: "input_unavailable" });
});

test("xcom.get reads another task's value, by default what it returned", async () => {
  const scheduler = new FakeScheduler("dag", []);
  scheduler.xcoms.set("up/return_value", inline('"result"'));
  scheduler.xcoms.set("up/count", inline("3"));
  const task = async ({ xcom }: Scope) => [
    await xcom.get("up"),
    await xcom.get("up", "count"),
    (await xcom.get("up", "none")) === undefined,
  ];
  const { outcome } = await start(task, {}, scheduler).running.report;
  expect(outcome).toEqual({ type: "success", returnValue: inline('["result",3,true]') });
});

test("xcom.get asks again when the scheduler does not answer", async () => {
  const scheduler = new FakeScheduler("dag", []);
  const read = scheduler.readXComs.bind(scheduler);
  let failures = 2;
  scheduler.readXComs = (items) => (failures-- > 0 ? Promise.reject(new Error("lost")) : read(items));
  scheduler.xcoms.set("up/return_value", inline("1"));
  const { running, ports } = start(({ xcom }) => xcom.get("up"), {}, scheduler);
  await drive(ports, running);
  expect((await running.report).outcome).toEqual({ type: "success", returnValue: inline("1") });
});

function inline(json: string): XComValue {
  return { type: "inline", json };
}

function thrower(thrown: unknown): TaskBody {
  return () => {
    throw thrown;
  };
}

/** An error of a class that another bundle has defined: only its name and fields are known. */
function foreign(name: string, fields: Readonly<Record<string, unknown>>): Error {
  return Object.assign(new Error("from afar"), { name, ...fields });
}

function hostile(): object {
  return Object.defineProperty({}, "message", {
    get: () => {
      throw new Error("no message for you");
    },
  });
}

function cycle(): unknown {
  const value: Record<string, unknown> = {};
  value["self"] = value;
  return value;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

const shared = { a: 1 };

/** Ports whose object store holds a large value, and the reference to it. */
async function storedValue(): Promise<{
  readonly ports: FakePorts;
  readonly scheduler: FakeScheduler;
  readonly value: XComValue;
}> {
  const scheduler = new FakeScheduler("dag", []);
  const ports = fakePorts([scheduler], { work: ({ big }) => (big === undefined ? "x".repeat(50_000) : null) });
  const { outcome } = await startIn(ports, { taskId: "work" as TaskId, token: 1 }).report;
  if (outcome.type !== "success" || outcome.returnValue === null) throw new Error("The value was not stored");
  return { ports, scheduler, value: outcome.returnValue };
}

/** Lets time pass until the try has ended; hashing happens off the main thread and takes turns of its own. */
async function drive(ports: FakePorts, running: RunningTry): Promise<void> {
  let hasEnded = false;
  void running.report.then(() => {
    hasEnded = true;
  });
  for (let turn = 0; turn < 1_000 && !hasEnded; turn++) {
    await ports.timer.advance(500);
    await settle();
  }
}
