/** What a try does with the functions beside a task's own: items, lengths, decisions, conditions, retries, callbacks. */
import { type DagDefinition, dag, itemsOf, type MappedResults, Skip, type TaskDefaults, z } from "updraft";
import { describe, expect, test } from "vitest";
import type { DagId, RunId, TaskId } from "../../src/dag/ids.ts";
import { logPrefix, readLog } from "../../src/executor/log-lines.ts";
import type { Grant, ReportReply, TryReport, XComValue } from "../../src/executor/protocol.ts";
import { type RunningTry, startTry } from "../../src/executor/run-try.ts";
import { XComReader } from "../../src/executor/xcom-reader.ts";
import { settle } from "../fixtures/manual-timer.ts";
import { type FakePorts, fakePorts } from "./fake-ports.ts";
import { FakeScheduler, runFacts } from "./fake-scheduler.ts";

const runId = "run" as RunId;
const dagId = "d" as DagId;
const inline = (value: unknown): XComValue => ({ type: "inline", json: JSON.stringify(value) });

interface Started {
  readonly running: RunningTry;
  readonly ports: FakePorts;
  readonly scheduler: FakeScheduler;
}

function start(definition: DagDefinition, taskId: string, grant: Partial<Grant> = {}, given?: FakePorts): Started {
  const scheduler = new FakeScheduler(dagId, []);
  const ports = given ?? fakePorts([scheduler], definition.functions, definition);
  const key = { runId, taskId: taskId as TaskId, mapIndex: grant.mapped?.index ?? -1, token: 42 };
  const full = { ...key, tryNumber: 1, maxTries: 3, leaseMs: 90_000, executionTimeoutMs: null, inputs: {}, ...grant };
  const running = startTry(ports, new XComReader(ports), { dagId, run: runFacts(runId), grant: full });
  return { running, ports, scheduler };
}

async function reportOf(definition: DagDefinition, taskId: string, grant: Partial<Grant> = {}): Promise<TryReport> {
  return start(definition, taskId, grant).running.report;
}

async function resultOf(definition: DagDefinition, taskId: string, grant: Partial<Grant> = {}): Promise<unknown> {
  const { outcome } = await reportOf(definition, taskId, grant);
  if (outcome.type !== "success" || outcome.returnValue?.type !== "inline") throw new Error(JSON.stringify(outcome));
  return JSON.parse(outcome.returnValue.json);
}

async function logOf(ports: FakePorts, taskId: string): Promise<readonly object[]> {
  const key = { dagId, runId, taskId: taskId as TaskId, mapIndex: -1, tryNumber: 1 };
  const { lines } = await readLog(ports.objects, logPrefix(key), { offset: 0, limit: 100 });
  return lines.map(({ t: _, ...line }) => line);
}

describe("items", () => {
  const mapped = dag("d", {}, ({ task, group }) => {
    const rows = task("rows", () => [5, 6]);
    const unit = task("unit", () => "mm");
    task.map(
      "m",
      { over: { row: rows, letter: ["a", "b"] }, inputs: { unit }, name: ({ row, letter }) => `${row}${letter}` },
      ({ row, letter, unit }) => `${row}${letter} ${unit}`,
    );
    task.map("unnamed", { over: { x: [1] }, name: () => JSON.parse("{") }, ({ x }) => x);
    group.map(
      "g",
      { over: { row: rows } },
      ({ row }) => void task("t", { inputs: { mine: row } }, ({ mine }) => mine * 10),
    );
  });
  const inputs = { unit: { taskId: "unit" as TaskId, value: inline("mm") } };

  test("an instance receives its items beside the inputs, and reports its name", async () => {
    const grant = { mapped: { index: 2, count: 4, sources: { rows: inline([5, 6]) } }, inputs };
    expect(await resultOf(mapped, "m", grant)).toBe("6a mm");
    expect((await reportOf(mapped, "m", grant)).instanceName).toBe("6a");
  });

  test("a source that the grant leaves out is read, by all instances at once with one call", async () => {
    const { ports, scheduler } = start(mapped, "unit");
    scheduler.xcoms.set("rows/return_value", inline([5, 6]));
    let calls = 0;
    const read = scheduler.readXComs.bind(scheduler);
    scheduler.readXComs = async (items) => {
      calls++;
      return read(items);
    };
    const reader = new XComReader(ports);
    const order = (index: number) => ({
      dagId,
      run: runFacts(runId),
      grant: {
        runId,
        taskId: "m" as TaskId,
        mapIndex: index,
        token: index,
        tryNumber: 1,
        maxTries: 1,
        leaseMs: 1,
        executionTimeoutMs: null,
        inputs,
        mapped: { index, count: 4 },
      },
    });
    const reports = await Promise.all([0, 1, 2, 3].map((index) => startTry(ports, reader, order(index)).report));
    expect(reports.map(({ instanceName }) => instanceName)).toEqual(["5a", "5b", "6a", "6b"]);
    expect(calls).toBe(1);
  });

  test("a task in a mapped group receives the group's item", async () => {
    expect(await resultOf(mapped, "g.t", { mapped: { index: 1, count: 2, sources: { rows: inline([5, 6]) } } })).toBe(
      60,
    );
  });

  test("an index beyond the list fails with what to do, and a name that cannot be made is only logged", async () => {
    const { outcome } = await reportOf(mapped, "m", {
      mapped: { index: 4, count: 5, sources: { rows: inline([5, 6]) } },
      inputs,
    });
    expect(outcome).toMatchObject({
      type: "failed",
      reason: "input_unavailable",
      error: { message: expect.stringContaining("there are 4") },
    });
    const report = await reportOf(mapped, "unnamed", { mapped: { index: 0, count: 1 } });
    expect(report).toMatchObject({ outcome: { type: "success" }, logChunkCount: 1 });
    expect(report).not.toHaveProperty("instanceName");
  });

  test("a run whose version had no instances says that it does not fit the deployed file", async () => {
    const { outcome } = await reportOf(mapped, "m", { inputs });
    expect(outcome).toMatchObject({ type: "failed", reason: "version_missing" });
  });

  test("a consumer reads the results of instances lazily, page by page", async () => {
    const consumer = dag("d", {}, ({ task }) => {
      const all = task.map("m", { over: { x: [1] } }, ({ x }) => x);
      task("use", { inputs: { all } }, async ({ all }) => {
        const seen: number[] = [];
        for await (const value of all) seen.push(value);
        return [
          all.length,
          seen.length,
          seen.at(-1),
          await all.at(0),
          await all.at(-1),
          await all.at(250),
          await all.at(999),
        ];
      });
    });
    const { running, scheduler } = start(consumer, "use", {
      inputs: {
        all: {
          taskId: "m" as TaskId,
          value: { type: "mapped", taskId: "m" as TaskId, count: 251, valueCount: 250, items: null },
        },
      },
    });
    const pages: number[] = [];
    scheduler.readXComs = async (items) => {
      pages.push(items.length);
      return items.map(({ key }) => (key.mapIndex === 3 ? null : inline(key.mapIndex)));
    };
    const { outcome } = await running.report;
    // Index 3 has no value, so all behind it stand one place earlier.
    expect(outcome).toMatchObject({ returnValue: inline([250, 250, 250, 0, 250, null, null]) });
    expect(Math.max(...pages)).toBe(100);
  });

  test("those of its own element are read from where they begin", async () => {
    const consumer = dag("d", {}, ({ task }) => {
      const all = task.map("m", { over: { x: [1] } }, () => 1);
      task("use", { inputs: { all } }, async ({ all }: { readonly all: MappedResults<number> }) => [
        all.length,
        await all.at(0),
        await all.at(-1),
        (await all.toArray()).length,
      ]);
    });
    const value = {
      type: "mapped",
      taskId: "m" as TaskId,
      from: 240,
      count: 120,
      valueCount: 120,
      items: null,
    } as const;
    const { running, scheduler } = start(consumer, "use", { inputs: { all: { taskId: "m" as TaskId, value } } });
    scheduler.readXComs = async (items) => items.map(({ key }) => inline(key.mapIndex));
    expect((await running.report).outcome).toMatchObject({ returnValue: inline([120, 240, 359, 120]) });
  });

  test("given results are not asked for, and those that are later are", async () => {
    const items = [inline("a"), null, { type: "later" } as const];
    const consumer = dag("d", {}, ({ task }) => {
      const all = task.map("m", { over: { x: [1] } }, () => "x");
      task("use", { inputs: { all } }, ({ all }: { readonly all: MappedResults<string> }) => all.toArray());
    });
    const { running, scheduler } = start(consumer, "use", {
      inputs: { all: { taskId: "m" as TaskId, value: { type: "mapped", taskId: "m" as TaskId, count: 3, items } } },
    });
    scheduler.readXComs = async (asked) => asked.map(({ key }) => inline(`at ${key.mapIndex}`));
    expect((await running.report).outcome).toMatchObject({ returnValue: inline(["a", "at 2"]) });
  });
});

describe("lengths", () => {
  const producer = (value: unknown, maxMapLength = 3) =>
    dag("d", {}, ({ task }) => {
      const rows = task("rows", () => value as number[]);
      task.map("all", { over: { row: rows }, maxMapLength }, () => {});
      task.map("some", { over: { row: itemsOf(rows).filter((row) => row > 1) }, maxMapLength }, () => {});
    });

  test.each<[string, unknown, object]>([
    ["a list", [1, 2, 3], { own: 3, variants: { filter_1: 2 } }],
    ["none", [], { own: 0, variants: { filter_1: 0 } }],
    ["an object, as JSON will have it", { a: 1, b: undefined }, { own: 1, variants: { filter_1: 0 } }],
  ])("of %s travel with the success", async (_name, value, lengths) => {
    expect((await reportOf(producer(value), "rows")).outcome).toMatchObject({ type: "success", lengths });
  });

  test.each<[string, unknown, string, string]>([
    ["nothing", undefined, "xcom_not_mappable", "expected a list or an object, the task returned nothing"],
    ["a number", 5, "xcom_not_mappable", "the task returned a number"],
    ["a date, which is a text by then", new Date(0), "xcom_not_mappable", "the task returned a string"],
    ["too long a list", [0, 0, 0, 0], "map_too_long", "the result has 4 items, and maxMapLength is 3"],
  ])("of %s fail the try", async (_name, value, reason, message) => {
    const { outcome } = await reportOf(producer(value), "rows");
    expect(outcome).toMatchObject({ type: "failed", reason, error: { message: expect.stringContaining(message) } });
  });

  test("are not reported by a task that nobody is mapped over", async () => {
    expect(
      (await reportOf(producer([1]), "all", { mapped: { index: 0, count: 1, sources: { rows: inline([1]) } } }))
        .outcome,
    ).toEqual({
      type: "success",
      returnValue: null,
    });
  });
});

test("a decision travels with the success, and a branch to nowhere fails", async () => {
  const deciding = dag("d", { params: z.object({ year: z.int().default(1) }) }, ({ task }) => {
    const a = task("a", () => {});
    task.branch("good", () => [a]).before(a);
    task.branch("bad", () => "nowhere");
    task.latestOnly("latest");
  });
  const { outcome } = await reportOf(deciding, "good");
  expect(outcome).toEqual({ type: "success", returnValue: inline(["a"]), decision: { type: "follow", ids: ["a"] } });
  expect((await reportOf(deciding, "bad")).outcome).toMatchObject({ type: "failed", reason: "bad_decision" });
  expect((await reportOf(deciding, "latest")).outcome).toEqual({
    type: "success",
    returnValue: null,
    decision: { type: "pass" },
  });
});

test("runIf and skipIf skip the task before it begins", async () => {
  let ran = 0;
  const conditional = dag("d", {}, ({ task }) => {
    const size = task("size", () => 1);
    const body = () => void ran++;
    task("no", { inputs: { size }, runIf: ({ size }) => size > 1 }, body);
    task("yes", { inputs: { size }, skipIf: async ({ size }) => size > 0 }, body);
    task("goes", { inputs: { size }, runIf: () => true, skipIf: () => false }, body);
    task("breaks", { runIf: () => JSON.parse("{") }, body);
    task.map(
      "item",
      {
        over: {
          x: itemsOf([1]).map((): number => {
            throw new Skip("not this one");
          }),
        },
      },
      body,
    );
  });
  const inputs = { size: { taskId: "size" as TaskId, value: inline(1) } };
  expect((await reportOf(conditional, "no", { inputs })).outcome).toEqual({
    type: "skipped",
    message: "runIf said no",
  });
  expect((await reportOf(conditional, "yes", { inputs })).outcome).toEqual({
    type: "skipped",
    message: "skipIf said yes",
  });
  expect((await reportOf(conditional, "breaks")).outcome).toMatchObject({
    type: "failed",
    error: { name: "SyntaxError" },
  });
  const item = await reportOf(conditional, "item", { mapped: { index: 0, count: 1 } });
  expect(item.outcome).toEqual({ type: "skipped", message: "not this one" });
  expect(ran).toBe(0);
  expect((await reportOf(conditional, "goes", { inputs })).outcome.type).toBe("success");
  expect(ran).toBe(1);
});

describe("a retry policy", () => {
  const failing = (retryPolicy: TaskDefaults["retryPolicy"], error: Error = new Error("HTTP 503")) =>
    dag("d", { defaults: retryPolicy === undefined ? {} : { retryPolicy } }, ({ task }) => {
      task("t", () => {
        throw error;
      });
    });

  test.each<[string, () => unknown, object]>([
    ["retry", () => "retry", { type: "allowed" }],
    ["fail", () => "fail", { type: "forbidden" }],
    ["a delay as text", () => ({ after: "2s" }), { type: "after", ms: 2_000 }],
    ["a delay in milliseconds", () => ({ after: 5 }), { type: "after", ms: 5 }],
    ["a promise", async () => "fail", { type: "forbidden" }],
  ])("answers with %s", async (_name, answer, retry) => {
    const { running } = start(failing(answer as () => "fail"), "t");
    expect(await running.report).toMatchObject({ outcome: { type: "failed", retry }, logChunkCount: 0 });
  });

  test.each<[string, () => unknown]>([
    ["an unknown word", () => "later"],
    ["no delay", () => ({ after: "soon" })],
    ["a negative delay", () => ({ after: -1 })],
    ["an error", () => Promise.reject(new Error("broken"))],
  ])("answers with %s, so the usual rules hold and the log says so", async (_name, answer) => {
    const { running, ports } = start(failing(answer as () => "fail"), "t");
    expect((await running.report).outcome).toMatchObject({ type: "failed", retry: { type: "allowed" } });
    const event = expect.stringMatching(/^The retry policy failed, so the usual rules hold: /);
    expect(await logOf(ports, "t")).toEqual([{ level: "warning", event }]);
  });

  test("sees the error and the try, and is not asked about what a task steers itself", async () => {
    const seen: unknown[] = [];
    const policy: TaskDefaults["retryPolicy"] = (error, attempt) => {
      seen.push([error.name, error.message, attempt]);
      return "retry";
    };
    await reportOf(failing(policy), "t");
    const steered = new Error("no");
    steered.name = "FailWithoutRetry";
    const { outcome } = await reportOf(failing(policy, steered), "t");
    expect(outcome).toMatchObject({ retry: { type: "forbidden" } });
    expect(seen).toEqual([["Error", "HTTP 503", { tryNumber: 1, maxTries: 3 }]]);
  });

  test("that does not answer is left behind", async () => {
    const { running, ports } = start(
      failing(() => new Promise(() => {})),
      "t",
    );
    await settle();
    await ports.timer.advance(10_000);
    expect((await running.report).outcome).toMatchObject({ retry: { type: "allowed" } });
    expect(await logOf(ports, "t")).toEqual([
      { level: "warning", event: expect.stringContaining("it gave no answer within 10000 ms") },
    ]);
  });
});

describe("callbacks", () => {
  const accepted: ReportReply["verdicts"][number] = { token: 42, accepted: true, reason: null };
  const called: string[] = [];
  const note =
    (name: string) => (context: { readonly callback: string; readonly error: { readonly message: string } | null }) =>
      void called.push(`${name} ${context.callback} ${context.error?.message ?? "-"}`);
  const watched = dag("d", {}, ({ task }) => {
    const all: TaskDefaults = {
      onExecute: note("a"),
      onSuccess: [note("b"), note("c")],
      onFailure: note("d"),
      onRetry: note("e"),
      onSkipped: note("f"),
    };
    task("good", all, () => void called.push("body"));
    task("bad", all, () => {
      throw new Error("no");
    });
    task("skip", all, () => {
      throw new Skip();
    });
    task(
      "breaks",
      {
        onExecute: () => {
          throw new Error("early");
        },
        onSuccess: [
          () => {
            throw new Error("late");
          },
          ({ log }) => log.info("still here", { n: 1 }),
        ],
      },
      ({ log }) => log.info("at work"),
    );
    task(
      "hangs",
      { onSuccess: ({ signal, log }) => new Promise(() => signal.addEventListener("abort", () => log.info("told"))) },
      () => {},
    );
  });

  async function follow(
    taskId: string,
    verdict: Partial<typeof accepted> = {},
    grant: Partial<Grant> = {},
  ): Promise<readonly string[]> {
    called.length = 0;
    const { running } = start(watched, taskId, grant);
    await running.report;
    await running.afterReport({ ...accepted, ...verdict });
    return [...called];
  }

  test("of the start run before the task, the others after the accepted report", async () => {
    expect(await follow("good")).toEqual(["a execute -", "body", "b success -", "c success -"]);
    expect(await follow("skip")).toEqual(["a execute -", "f skipped -"]);
  });

  test("of a failure are of a retry while tries are left, or as the scheduler says", async () => {
    expect(await follow("bad")).toEqual(["a execute -", "e retry no"]);
    expect(await follow("bad", {}, { tryNumber: 3 })).toEqual(["a execute -", "d failure no"]);
    expect(await follow("bad", { state: "failed" })).toEqual(["a execute -", "d failure no"]);
    expect(await follow("bad", { state: "up_for_retry" }, { tryNumber: 3 })).toEqual(["a execute -", "e retry no"]);
  });

  test("are not called for a report that was refused", async () => {
    expect(await follow("good", { accepted: false, reason: "cancelled" })).toEqual(["a execute -", "body"]);
  });

  test("that fail are logged behind the lines of the try, and change nothing", async () => {
    const { running, ports } = start(watched, "breaks");
    const report = await running.report;
    expect(report).toMatchObject({ outcome: { type: "success" }, logChunkCount: 1 });
    await running.afterReport(accepted);
    expect(await logOf(ports, "breaks")).toMatchObject([
      { level: "error", event: "The callback execute failed: early", callback: "execute", error: "Error" },
      { level: "info", event: "at work" },
      { level: "error", event: "The callback success failed: late", callback: "success" },
      { level: "info", event: "still here", callback: "success", n: 1 },
    ]);
  });

  test("that run too long are told to stop and left behind", async () => {
    const { running, ports } = start(watched, "hangs");
    await running.report;
    const following = running.afterReport(accepted);
    await settle();
    await ports.timer.advance(60_000);
    await following;
    expect(await logOf(ports, "hangs")).toMatchObject([
      { event: "told" },
      { event: "The callback success failed: It ran longer than 60000 ms" },
    ]);
  });
});
