/** Callbacks that the scheduler delivers by itself, from the queue message to the report. */
import { type DagCallbackContext, dag, type TaskCallbackContext } from "updraft";
import { describe, expect, test } from "vitest";
import type { DagId, RunId, TaskId } from "../../src/dag/ids.ts";
import { callbackLogKey, logPrefix, readLog } from "../../src/executor/log-lines.ts";
import { parseMessage } from "../../src/executor/parse-message.ts";
import type { CallbackGrant, CallbackOrder, CallbackReport, ClaimReply } from "../../src/executor/protocol.ts";
import { runBatch } from "../../src/executor/run-batch.ts";
import { runCallback } from "../../src/executor/run-callback.ts";
import { settle } from "../fixtures/manual-timer.ts";
import { FakeDelivery, fakePorts, gate } from "./fake-ports.ts";
import { FakeScheduler, runFacts } from "./fake-scheduler.ts";

const dagId = "d" as DagId;
const runId = "run" as RunId;
const seen: (DagCallbackContext | TaskCallbackContext)[] = [];
const note = (context: DagCallbackContext | TaskCallbackContext) => void seen.push(context);

const watched = dag(
  "d",
  {
    onFailure: [note, ({ log, reason }) => log.error(`it failed: ${reason}`)],
    deadlines: [
      { from: "queued_at", callback: note },
      {
        from: "queued_at",
        callback: () => {
          throw new Error("nobody answers");
        },
      },
    ],
  },
  ({ task }) => void task("t", { onFailure: note }, () => {}),
);

function grantOf(order: CallbackOrder): CallbackGrant {
  return { runId, callbackId: 5, token: 70, attempt: 2, timeoutMs: 1_000, order };
}

const lost: CallbackOrder = {
  type: "task",
  callback: "failure",
  taskId: "t" as TaskId,
  mapIndex: -1,
  tryNumber: 3,
  maxTries: 3,
  tryToken: 42,
  error: { name: "Lost", message: "no sign of life", stack: null, causes: [] },
  reason: "heartbeat_lost",
};
const failed: CallbackOrder = { type: "dag", callback: "failure", reason: "timed_out" };

async function run(order: CallbackOrder, definition = watched): Promise<CallbackReport> {
  seen.length = 0;
  const ports = fakePorts([], definition.functions, definition);
  return runCallback(ports, { dagId, grant: grantOf(order), run: runFacts(runId) });
}

describe("runCallback()", () => {
  test("calls that of a lost try with its error and reason", async () => {
    expect(await run(lost)).toEqual({
      runId,
      callbackId: 5,
      token: 70,
      outcome: { type: "success" },
      logChunkCount: 0,
    });
    expect(seen).toMatchObject([
      {
        callback: "failure",
        task: { taskId: "t", mapIndex: -1 },
        attempt: { tryNumber: 3, maxTries: 3, token: 42 },
        error: { name: "Lost", message: "no sign of life" },
        reason: "heartbeat_lost",
        run: { dagId: "d", runId: "run" },
      },
    ]);
  });

  test("calls all of a DAG, and what they log stands under the run", async () => {
    const ports = fakePorts([], watched.functions, watched);
    const grant = grantOf(failed);
    const report = await runCallback(ports, { dagId, grant, run: runFacts(runId) });
    expect(report).toMatchObject({ outcome: { type: "success" }, logChunkCount: 1 });
    const prefix = logPrefix(callbackLogKey(dagId, grant));
    expect(prefix).toBe("logs/d/run/~callback-5/-1/2/");
    const { lines } = await readLog(ports.objects, prefix, { offset: 0, limit: 10 });
    expect(lines).toMatchObject([{ event: "it failed: timed_out", callback: "failure" }]);
    // One of a task stands behind the try it is about.
    expect(logPrefix(callbackLogKey(dagId, grantOf(lost)))).toBe("logs/d/run/t/-1/3/");
  });

  test("calls that of a deadline by its place, with the instant", async () => {
    await run({ type: "deadline", index: 0, deadlineAt: 1_000 });
    expect(seen).toMatchObject([{ callback: "deadline", deadlineAt: new Date(1_000) }]);
    const report = await run({ type: "deadline", index: 1, deadlineAt: 1_000 });
    expect(report).toMatchObject({
      outcome: { type: "failed", error: { message: "nobody answers" } },
      logChunkCount: 1,
    });
  });

  test("calls that of a deadline wherever the deployed file has it, by what it says", async () => {
    const deadline = { reference: { type: "queued_at" }, intervalMs: 60_000 } as const;
    const order: CallbackOrder = { type: "deadline", index: 0, deadline, deadlineAt: 1_000 };
    const other = () => {
      throw new Error("another deadline");
    };
    const moved = dag(
      "d",
      {
        deadlines: [
          { from: "queued_at", after: "1h", callback: other },
          { from: "queued_at", after: "1min", callback: note },
        ],
      },
      ({ task }) => void task("t", () => {}),
    );
    expect((await run(order, moved)).outcome).toEqual({ type: "success" });
    expect(seen).toHaveLength(1);
  });

  test.each<[string, CallbackOrder]>([
    ["a DAG", { type: "dag", callback: "success", reason: null }],
    ["a task", { ...lost, taskId: "constructor" as TaskId } as CallbackOrder],
    ["a deadline", { type: "deadline", index: 9, deadlineAt: 0 }],
  ])("reports that the bundle has no such callback of %s", async (_name, order) => {
    expect((await run(order)).outcome).toMatchObject({ type: "failed", error: { name: "VersionMissing" } });
  });
});

describe("a message of a callback", () => {
  const message = { v: 1, type: "callback", dagId, runId, callbackId: 5, token: 70 };

  test("is read, and refused when it names none", () => {
    expect(parseMessage(message)).toEqual({ type: "callback", dagId, claim: { runId, callbackId: 5, token: 70 } });
    expect(parseMessage({ ...message, callbackId: "5" })).toMatchObject({ type: "malformed" });
    expect(parseMessage({ ...message, v: 9 })).toMatchObject({ type: "unknown_version" });
  });

  test("is claimed beside tries, kept alive, run and reported", async () => {
    const scheduler = new FakeScheduler("d", [{ taskId: "t" }]);
    const open = gate();
    const slow = dag("d", { onSuccess: () => open.passed }, ({ task }) => void task("t", () => 1));
    const ports = fakePorts([scheduler], slow.functions, slow);
    const claim = scheduler.claim.bind(scheduler);
    scheduler.claim = async (request): Promise<ClaimReply> => ({
      ...(await claim(request)),
      callbacks: (request.callbacks ?? []).map((asked) => ({
        ...asked,
        attempt: 1,
        timeoutMs: 60_000,
        order: { type: "dag", callback: "success", reason: null },
      })),
    });
    const deliveries = [...scheduler.messages(), message].map((body) => new FakeDelivery(body));
    const batch = runBatch(ports, { channel: "tasks", deliveries });
    await batch.settled;
    expect(deliveries.map(({ fate }) => fate)).toEqual(["acked", "acked"]);
    await ports.timer.advance(16_000);
    expect(scheduler.heartbeats.at(-1)?.tokens).toEqual([70]);
    open.open();
    await batch.finished;
    expect(scheduler.claims[0]?.callbacks).toEqual([{ runId, callbackId: 5, token: 70 }]);
    expect(scheduler.reports.map(({ reports, callbacks }) => [reports.length, callbacks?.length ?? 0])).toEqual([
      [1, 0],
      [0, 1],
    ]);
    expect(scheduler.reports[1]?.callbacks).toMatchObject([{ callbackId: 5, outcome: { type: "success" } }]);
  });
});

test("the invocation lives until the callbacks after a report are done, and they hold up nothing", async () => {
  const open = gate();
  const slow = dag("d", {}, ({ task, chain }) => {
    chain(
      task("first", { onSuccess: () => open.passed }, () => 1),
      task("second", () => 2),
    );
  });
  const scheduler = new FakeScheduler("d", [{ taskId: "first" }, { taskId: "second", after: ["first"] }]);
  const ports = fakePorts([scheduler], slow.functions, slow);
  const deliveries = scheduler.messages().map((body) => new FakeDelivery(body));
  const batch = runBatch(ports, { channel: "tasks", deliveries });
  let isFinished = false;
  void batch.finished.then(() => {
    isFinished = true;
  });
  await settle();
  expect(scheduler.outcomeOf("second")).toMatchObject({ type: "success" });
  expect(isFinished).toBe(false);
  open.open();
  await batch.finished;
});
