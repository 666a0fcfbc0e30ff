import { expect, test } from "vitest";
import { type Delivery, type RunningBatch, runBatch } from "../../src/executor/run-batch.ts";
import { settle } from "../fixtures/manual-timer.ts";
import { FakeDelivery, type FakeFunctions, type FakePorts, fakePorts, gate } from "./fake-ports.ts";
import { FakeScheduler } from "./fake-scheduler.ts";

function deliver(ports: FakePorts, deliveries: readonly Delivery[]): RunningBatch {
  return runBatch(ports, { channel: "tasks", deliveries });
}

function deliveriesOf(...schedulers: readonly FakeScheduler[]): readonly FakeDelivery[] {
  return schedulers.flatMap((scheduler) => scheduler.messages().map((message) => new FakeDelivery(message)));
}

/** Delivers all that is ready and waits for the end. */
async function runAll(scheduler: FakeScheduler, functions: FakeFunctions): Promise<FakePorts> {
  const ports = fakePorts([scheduler], functions);
  await deliver(ports, deliveriesOf(scheduler)).finished;
  return ports;
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `t${index}`);
const chainOf = (count: number) =>
  names(count).map((taskId, index) => (index === 0 ? { taskId } : { taskId, after: [`t${index - 1}`] }));
const functionsFor = (taskIds: readonly string[], run: (taskId: string) => unknown): FakeFunctions =>
  Object.fromEntries(taskIds.map((taskId) => [taskId, () => run(taskId)]));

test("a hundred tiny tasks cost one claim and one report", async () => {
  const scheduler = new FakeScheduler(
    "fan",
    names(100).map((taskId) => ({ taskId })),
  );
  await runAll(
    scheduler,
    functionsFor(names(100), async (taskId) => taskId),
  );
  expect(scheduler.claims.map(({ items }) => items.length)).toEqual([100]);
  expect(scheduler.reports.map(({ reports }) => reports.length)).toEqual([100]);
  expect(scheduler.committed.size).toBe(100);
});

test("a delivery with several DAGs makes one claim for each", async () => {
  const schedulers = ["a", "b", "c"].map(
    (dagId) =>
      new FakeScheduler(
        dagId,
        names(3).map((taskId) => ({ taskId })),
      ),
  );
  const ports = fakePorts(
    schedulers,
    functionsFor(names(3), () => null),
  );
  await deliver(ports, deliveriesOf(...schedulers)).finished;
  for (const scheduler of schedulers) {
    expect(scheduler.claims).toHaveLength(1);
    expect(scheduler.committed.size).toBe(3);
  }
});

test("a claim carries the invocation, the channel and the bundle, and sequences count from one", async () => {
  const scheduler = new FakeScheduler("chain", chainOf(2));
  await runAll(
    scheduler,
    functionsFor(names(2), () => null),
  );
  expect(scheduler.claims[0]).toMatchObject({
    v: 1,
    dagId: "chain",
    sequence: 1,
    channel: "tasks",
    bundleId: "bundle-1",
  });
  expect(scheduler.reports.map(({ sequence }) => sequence)).toEqual([2, 3]);
  const invocations = [...scheduler.claims, ...scheduler.reports].map(({ invocation }) => invocation);
  expect(new Set(invocations).size).toBe(1);
});

test("a chain runs in one invocation: one report per hop, and no timer but the heartbeat's", async () => {
  const scheduler = new FakeScheduler("chain", chainOf(50));
  const ports = await runAll(
    scheduler,
    functionsFor(names(50), () => null),
  );
  expect(scheduler.committed.size).toBe(50);
  expect(scheduler.reports.map(({ hop }) => hop)).toEqual(names(50).map((_, index) => index + 1));
  expect(ports.timer.sleepCount).toBe(1);
  expect(ports.timer.pendingCount).toBe(0);
});

test("an unending task blocks neither the others of its DAG nor their continuation", async () => {
  const scheduler = new FakeScheduler("mixed", [{ taskId: "endless" }, ...chainOf(20)]);
  const functions = { ...functionsFor(names(20), () => null), endless: () => new Promise(() => {}) };
  const ports = fakePorts([scheduler], functions);
  const deliveries = deliveriesOf(scheduler);
  void deliver(ports, deliveries);
  await ports.timer.advance(5);
  expect(scheduler.committed.size).toBe(20);
  expect(deliveries.map(({ fate }) => fate)).toEqual(["acked", "acked"]);
});

test("an unending task does not block the tasks of another DAG in the delivery", async () => {
  const slow = new FakeScheduler("slow", [{ taskId: "endless" }]);
  const quick = new FakeScheduler("quick", [{ taskId: "t0" }]);
  const ports = fakePorts([slow, quick], { endless: () => new Promise(() => {}), t0: () => null });
  void deliver(ports, deliveriesOf(slow, quick));
  await settle();
  expect(quick.committed.size).toBe(1);
});

test("results that arrive within 5 ms share a report; a later one goes alone", async () => {
  const gates = new Map(names(4).map((taskId) => [taskId, gate()]));
  const scheduler = new FakeScheduler(
    "fan",
    names(4).map((taskId) => ({ taskId })),
  );
  const ports = fakePorts(
    [scheduler],
    functionsFor(names(4), (taskId) => gates.get(taskId)?.passed),
  );
  const batch = deliver(ports, deliveriesOf(scheduler));
  await settle();
  gates.get("t0")?.open();
  await ports.timer.advance(4);
  expect(scheduler.reports).toHaveLength(0);
  gates.get("t1")?.open();
  await ports.timer.advance(1);
  expect(scheduler.reports.map(({ reports }) => reports.map(({ taskId }) => taskId))).toEqual([["t0", "t1"]]);
  gates.get("t2")?.open();
  await settle();
  gates.get("t3")?.open();
  await batch.finished;
  expect(scheduler.reports.map(({ reports }) => reports.length)).toEqual([2, 1, 1]);
});

test("a slow result of an earlier wave does not send the newest wave's results one by one", async () => {
  const gates = new Map(["slow", "t1", "t2"].map((taskId) => [taskId, gate()]));
  const after = ["t0"];
  const scheduler = new FakeScheduler("waves", [
    { taskId: "t0" },
    { taskId: "slow" },
    { taskId: "t1", after },
    { taskId: "t2", after },
  ]);
  const ports = fakePorts([scheduler], {
    ...functionsFor([...gates.keys()], (id) => gates.get(id)?.passed),
    t0: () => null,
  });
  scheduler.offerExtra = 1;
  const batch = deliver(ports, deliveriesOf(scheduler));
  await ports.timer.advance(5);
  gates.get("t1")?.open();
  await settle();
  gates.get("slow")?.open();
  await settle();
  expect(scheduler.reports).toHaveLength(1);
  gates.get("t2")?.open();
  await batch.finished;
  expect(scheduler.reports.map(({ reports }) => reports.map(({ taskId }) => taskId))).toEqual([
    ["t0"],
    ["t1", "slow", "t2"],
  ]);
});

test("results that arrive while a report is under way make the next one", async () => {
  const gates = new Map(names(3).map((taskId) => [taskId, gate()]));
  const reply = gate();
  const scheduler = new FakeScheduler(
    "fan",
    names(3).map((taskId) => ({ taskId })),
  );
  scheduler.onReport = () => reply.passed;
  const ports = fakePorts(
    [scheduler],
    functionsFor(names(3), (taskId) => gates.get(taskId)?.passed),
  );
  const batch = deliver(ports, deliveriesOf(scheduler));
  await settle();
  gates.get("t0")?.open();
  await ports.timer.advance(5);
  gates.get("t1")?.open();
  gates.get("t2")?.open();
  await ports.timer.advance(50);
  expect(scheduler.reports).toHaveLength(1);
  reply.open();
  await batch.finished;
  expect(scheduler.reports.map(({ reports }) => reports.length)).toEqual([1, 2]);
});

test("a lost reply to a claim: the same claim is sent again, and what was granted runs once", async () => {
  const scheduler = new FakeScheduler(
    "fan",
    names(3).map((taskId) => ({ taskId })),
  );
  scheduler.lose = 1;
  const started: string[] = [];
  const ports = fakePorts(
    [scheduler],
    functionsFor(names(3), (taskId) => started.push(taskId)),
  );
  const batch = deliver(ports, deliveriesOf(scheduler));
  await ports.timer.advance(1_000);
  await batch.finished;
  expect(scheduler.claims).toHaveLength(2);
  expect(scheduler.claims[1]).toEqual(scheduler.claims[0]);
  expect(started).toEqual(names(3));
  expect(scheduler.committed.size).toBe(3);
});

test("lost and failed reports are repeated unchanged until they are answered", async () => {
  const scheduler = new FakeScheduler("chain", chainOf(3));
  const ports = fakePorts(
    [scheduler],
    functionsFor(names(3), () => null),
  );
  const hold = gate();
  scheduler.onReport = async () => {
    scheduler.onReport = () => hold.passed;
    scheduler.lose = 1;
    scheduler.fail = 2;
  };
  const batch = deliver(ports, deliveriesOf(scheduler));
  await ports.timer.advance(5_000);
  hold.open();
  await batch.finished;
  const first = scheduler.reports.filter(({ sequence }) => sequence === 2);
  expect(first.length).toBeGreaterThanOrEqual(4);
  for (const report of first) expect(report).toEqual(first[0]);
  expect(scheduler.committed.size).toBe(3);
});

test("a scheduler that never answers a report is given up before the platform ends the invocation", async () => {
  const scheduler = new FakeScheduler("lost", [{ taskId: "t0" }]);
  const ports = fakePorts([scheduler], { t0: () => (scheduler.fail = Number.POSITIVE_INFINITY) });
  const startAt = ports.timer.now();
  let isFinished = false;
  const batch = deliver(ports, deliveriesOf(scheduler));
  void batch.finished.then(() => {
    isFinished = true;
  });
  await ports.timer.advance(14 * 60_000);
  expect(isFinished).toBe(false);
  // The result is not answered, so its lease must live.
  expect(scheduler.heartbeats.at(-1)?.tokens).toEqual([scheduler.tokenOf("t0")]);
  await ports.timer.advance(60_000);
  await batch.finished;
  expect(ports.timer.now() - startAt).toBe(15 * 60_000);
  expect(ports.problems.map(({ code }) => code)).toEqual(["report_failed"]);
});

test("a scheduler that cannot be reached to claim: the messages are put back", async () => {
  const scheduler = new FakeScheduler("down", [{ taskId: "t0" }]);
  scheduler.fail = Number.POSITIVE_INFINITY;
  const ports = fakePorts([scheduler], { t0: () => null });
  const deliveries = deliveriesOf(scheduler);
  const batch = deliver(ports, deliveries);
  await ports.timer.advance(60_000);
  await batch.finished;
  expect(deliveries[0]?.fate).toEqual({ retryAfterMs: 10_000 });
  expect(ports.problems.map(({ code }) => code)).toEqual(["claim_failed"]);
});

test("a duplicate delivery is refused and acknowledged, and nothing runs twice", async () => {
  const scheduler = new FakeScheduler(
    "twice",
    names(5).map((taskId) => ({ taskId })),
  );
  const started: string[] = [];
  const ports = fakePorts(
    [scheduler],
    functionsFor(names(5), (taskId) => started.push(taskId)),
  );
  const first = deliveriesOf(scheduler);
  const second = deliveriesOf(scheduler);
  await Promise.all([deliver(ports, first).finished, deliver(ports, second).finished]);
  expect(started).toEqual(names(5));
  expect([...first, ...second].map(({ fate }) => fate)).toEqual(Array(10).fill("acked"));
});

test("the same message twice in one delivery is claimed once and acknowledged twice", async () => {
  const scheduler = new FakeScheduler("twice", [{ taskId: "t0" }]);
  const ports = fakePorts([scheduler], { t0: () => null });
  const deliveries = [...deliveriesOf(scheduler), ...deliveriesOf(scheduler)];
  await deliver(ports, deliveries).finished;
  expect(scheduler.claims[0]?.items).toHaveLength(1);
  expect(deliveries.map(({ fate }) => fate)).toEqual(["acked", "acked"]);
});

test("messages are settled as soon as the claim is answered, while the tasks still run", async () => {
  const scheduler = new FakeScheduler("slow", [{ taskId: "t0" }]);
  const hold = gate();
  const ports = fakePorts([scheduler], { t0: () => hold.passed });
  const deliveries = deliveriesOf(scheduler);
  const batch = deliver(ports, deliveries);
  await batch.settled;
  expect(deliveries[0]?.fate).toBe("acked");
  expect(scheduler.committed.size).toBe(0);
  hold.open();
  await batch.finished;
  expect(scheduler.committed.size).toBe(1);
});

test("a refused claim is acknowledged, unless the refusal asks for another time", async () => {
  const scheduler = new FakeScheduler(
    "refused",
    names(3).map((taskId) => ({ taskId })),
  );
  scheduler.refusals.set("t0", { reason: "cancelled", retry: false });
  scheduler.refusals.set("t1", { reason: "solo_only", retry: true });
  const ports = fakePorts(
    [scheduler],
    functionsFor(names(3), () => null),
  );
  const deliveries = deliveriesOf(scheduler);
  await deliver(ports, deliveries).finished;
  expect(deliveries.map(({ fate }) => fate)).toEqual(["acked", { retryAfterMs: 5_000 }, "acked"]);
  expect([...scheduler.committed.keys()]).toEqual(["t2"]);
});

test.each([
  ["null", null],
  ["a text", "hello"],
  ["no version", { dagId: "d", runId: "r", taskId: "t", mapIndex: -1, token: 1 }],
  ["a DAG id with a slash", { v: 1, dagId: "a/b", runId: "r", taskId: "t", mapIndex: -1, token: 1 }],
  ["no run id", { v: 1, dagId: "d", taskId: "t", mapIndex: -1, token: 1 }],
  ["a task id that is a number", { v: 1, dagId: "d", runId: "r", taskId: 5, mapIndex: -1, token: 1 }],
  ["a map index below -1", { v: 1, dagId: "d", runId: "r", taskId: "t", mapIndex: -2, token: 1 }],
  ["a token that is a text", { v: 1, dagId: "d", runId: "r", taskId: "t", mapIndex: -1, token: "1" }],
])("a malformed message (%s) is acknowledged and told", async (_name, body) => {
  const ports = fakePorts([], {});
  const delivery = new FakeDelivery(body);
  await deliver(ports, [delivery]).finished;
  expect(delivery.fate).toBe("acked");
  expect(ports.problems.map(({ code }) => code)).toEqual(["malformed_message"]);
});

test("a message of an unknown version is put back for a newer release", async () => {
  const ports = fakePorts([], {});
  const delivery = new FakeDelivery({ v: 7, something: "new" });
  await deliver(ports, [delivery]).finished;
  expect(delivery.fate).toEqual({ retryAfterMs: 30_000 });
  expect(ports.problems).toEqual([]);
});

test("bad messages do not keep the good ones of their delivery from running", async () => {
  const scheduler = new FakeScheduler("good", [{ taskId: "t0" }]);
  const ports = fakePorts([scheduler], { t0: () => null });
  const deliveries = [new FakeDelivery("bad"), ...deliveriesOf(scheduler), new FakeDelivery({ v: 9 })];
  await deliver(ports, deliveries).finished;
  expect(scheduler.committed.size).toBe(1);
});

test("heartbeats renew every running token, and stop when nothing is left", async () => {
  const hold = gate();
  const scheduler = new FakeScheduler("slow", [{ taskId: "t0" }, { taskId: "t1" }, { taskId: "t2" }]);
  const ports = fakePorts([scheduler], { t0: () => hold.passed, t1: () => hold.passed, t2: () => null });
  const batch = deliver(ports, deliveriesOf(scheduler));
  await ports.timer.advance(31_000);
  expect(scheduler.heartbeats.map(({ tokens }) => tokens)).toEqual([
    [scheduler.tokenOf("t0"), scheduler.tokenOf("t1")],
    [scheduler.tokenOf("t0"), scheduler.tokenOf("t1")],
  ]);
  hold.open();
  await batch.finished;
  await ports.timer.advance(60_000);
  expect(scheduler.heartbeats).toHaveLength(2);
});

test("a heartbeat's reply cancels a try: its signal aborts and the others go on", async () => {
  const hold = gate();
  let reason: unknown = null;
  const scheduler = new FakeScheduler("cancel", [{ taskId: "t0" }, { taskId: "t1" }]);
  const ports = fakePorts([scheduler], {
    t0: ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          reason = signal.reason;
          reject(signal.reason);
        });
      }),
    t1: () => hold.passed,
  });
  const batch = deliver(ports, deliveriesOf(scheduler));
  await settle();
  scheduler.cancel = [scheduler.tokenOf("t0")];
  await ports.timer.advance(15_005);
  expect(reason).toMatchObject({ name: "AbortError" });
  expect(scheduler.outcomeOf("t0")).toMatchObject({ type: "failed", reason: "cancelled" });
  hold.open();
  await batch.finished;
  expect(scheduler.outcomeOf("t1")).toMatchObject({ type: "success" });
});

test("a heartbeat that fails harms nothing", async () => {
  const hold = gate();
  const scheduler = new FakeScheduler("slow", [{ taskId: "t0" }]);
  const ports = fakePorts([scheduler], { t0: () => hold.passed });
  scheduler.heartbeat = () => Promise.reject(new Error("Network connection lost"));
  const batch = deliver(ports, deliveriesOf(scheduler));
  await ports.timer.advance(30_000);
  hold.open();
  await batch.finished;
  expect(scheduler.outcomeOf("t0")).toMatchObject({ type: "success" });
  expect(ports.problems.map(({ code }) => code)).toEqual(["heartbeat_failed", "heartbeat_failed"]);
});

test("a report offers room for as many short tries as a delivery brings, less those that still run", async () => {
  const hold = gate();
  const scheduler = new FakeScheduler("some", [{ taskId: "slow" }, { taskId: "quick" }]);
  const ports = fakePorts([scheduler], { slow: () => hold.passed, quick: () => null });
  const batch = deliver(ports, deliveriesOf(scheduler));
  await ports.timer.advance(5);
  hold.open();
  await batch.finished;
  expect(scheduler.reports).toMatchObject([{ capacity: 99, wallLeftMs: 13 * 60_000 - 5 }, { capacity: 100 }]);
});

test("of what has a long time or an executor of its own, a report takes one for each that it brings", async () => {
  for (const channel of ["tasks-long", "local"] as const) {
    const scheduler = new FakeScheduler(
      "fan",
      names(7).map((taskId) => ({ taskId })),
    );
    const ports = fakePorts(
      [scheduler],
      functionsFor(names(7), () => null),
    );
    await runBatch(ports, { channel, deliveries: deliveriesOf(scheduler) }).finished;
    expect(scheduler.reports).toMatchObject([{ capacity: 7 }]);
  }
});

test("a fan-out behind a single task goes through its invocation by the hundred", async () => {
  const parts = names(1_000).map((taskId) => ({ taskId, after: ["list"] }));
  const scheduler = new FakeScheduler("fan", [{ taskId: "list" }, ...parts]);
  await runAll(scheduler, { ...functionsFor(names(1_000), () => null), list: () => null });
  expect(scheduler.committed.size).toBe(1_001);
  expect(scheduler.reports).toHaveLength(11);
});

test("continuation ends after a thousand hops", async () => {
  const scheduler = new FakeScheduler("long", chainOf(1_100));
  await runAll(
    scheduler,
    functionsFor(names(1_100), () => null),
  );
  expect(scheduler.committed.size).toBe(1_001);
  expect(scheduler.reports.at(-1)).toMatchObject({ hop: 1_001, capacity: 0 });
});

test("continuation ends when the wall time for it is used up", async () => {
  const hold = gate();
  const scheduler = new FakeScheduler("late", [{ taskId: "t0" }, { taskId: "t1", after: ["t0"] }]);
  const ports = fakePorts([scheduler], { t0: () => hold.passed, t1: () => null });
  const batch = deliver(ports, deliveriesOf(scheduler));
  await ports.timer.advance(13 * 60_000);
  hold.open();
  await batch.finished;
  expect(scheduler.reports).toMatchObject([{ capacity: 0, wallLeftMs: 0 }]);
  expect([...scheduler.committed.keys()]).toEqual(["t0"]);
});

test("a task that outlives its invocation is stopped with a reason before the platform kills it", async () => {
  const scheduler = new FakeScheduler("endless", [{ taskId: "t0" }]);
  const ports = fakePorts([scheduler], { t0: () => new Promise(() => {}) });
  const batch = deliver(ports, deliveriesOf(scheduler));
  await ports.timer.advance(14.75 * 60_000);
  await batch.finished;
  expect(scheduler.outcomeOf("t0")).toMatchObject({ type: "failed", reason: "wall_time" });
});

test("large results are spread over several reports", async () => {
  const scheduler = new FakeScheduler(
    "large",
    names(100).map((taskId) => ({ taskId })),
  );
  await runAll(
    scheduler,
    functionsFor(names(100), () => "x".repeat(47_000)),
  );
  expect(scheduler.reports.length).toBeGreaterThan(1);
  for (const request of scheduler.reports) expect(JSON.stringify(request).length).toBeLessThan(4_000_000);
  expect(scheduler.committed.size).toBe(100);
});

test("an empty delivery does nothing", async () => {
  const ports = fakePorts([], {});
  await deliver(ports, []).finished;
  expect(ports.timer.sleepCount).toBe(0);
});

test("a grant that comes again while its result waits to be reported is not run again", async () => {
  const scheduler = new FakeScheduler("again", [{ taskId: "t0" }, { taskId: "t1" }]);
  scheduler.grantAgain = ["t1"];
  const slow = gate();
  const reporting = gate();
  let executions = 0;
  const ports = fakePorts([scheduler], {
    t0: () => "t0",
    t1: async () => {
      executions += 1;
      await slow.passed;
      return "t1";
    },
  });
  scheduler.onReport = () => reporting.passed;
  const { finished } = deliver(ports, deliveriesOf(scheduler));
  await settle();
  await ports.timer.advance(10);
  slow.open();
  await settle();
  reporting.open();
  await finished;
  expect(executions).toBe(1);
  expect(scheduler.committed.size).toBe(2);
});
