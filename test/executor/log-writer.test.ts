import { expect, test } from "vitest";
import type { DagId, RunId, TaskId } from "../../src/dag/ids.ts";
import { logPrefix, readLog } from "../../src/executor/log-lines.ts";
import { LogWriter } from "../../src/executor/log-writer.ts";
import { settle } from "../fixtures/manual-timer.ts";
import { type FakePorts, fakePorts } from "./fake-ports.ts";

const key = {
  dagId: "dag" as DagId,
  runId: "run" as RunId,
  taskId: "work" as TaskId,
  mapIndex: -1,
  tryNumber: 1,
  token: 42,
};

function makeWriter(): { readonly writer: LogWriter; readonly ports: FakePorts } {
  const ports = fakePorts([], {});
  return { ports, writer: new LogWriter(ports, key) };
}

async function events(ports: FakePorts): Promise<readonly string[]> {
  const { lines } = await readLog(ports.objects, logPrefix(key), { offset: 0, limit: 10_000 });
  return lines.map(({ event }) => event);
}

test("a try that logs nothing writes nothing and sets no timer", async () => {
  const { writer, ports } = makeWriter();
  expect(await writer.close()).toBe(0);
  expect(ports.objects.putCount).toBe(0);
  expect(ports.timer.sleepCount).toBe(0);
});

test("lines are in the store two seconds after they were written, while the task runs: a crash keeps them", async () => {
  const { writer, ports } = makeWriter();
  writer.write("info", "one");
  writer.write("info", "two");
  await ports.timer.advance(1_999);
  expect(await events(ports)).toEqual([]);
  await ports.timer.advance(1);
  expect(await events(ports)).toEqual(["one", "two"]);
});

test("what was written last before a crash is missing, and nothing else", async () => {
  const { writer, ports } = makeWriter();
  for (let second = 0; second < 10; second++) {
    writer.write("info", `second ${second}`);
    await ports.timer.advance(1_000);
  }
  writer.write("info", "lost in the crash");
  expect(await events(ports)).toEqual(Array.from({ length: 10 }, (_, second) => `second ${second}`));
});

test("64 KB are written at once", async () => {
  const { writer, ports } = makeWriter();
  for (let i = 0; i < 7; i++) writer.write("info", "x".repeat(10_000));
  await settle();
  expect(ports.objects.keys()).toHaveLength(1);
});

test("a steady trickle of lines makes a chunk every two seconds", async () => {
  const { writer, ports } = makeWriter();
  for (let tick = 0; tick < 1_000; tick++) {
    writer.write("info", `tick ${tick}`);
    await ports.timer.advance(10);
  }
  expect(await writer.close()).toBe(5);
  expect(await events(ports)).toHaveLength(1_000);
});

test("close() writes what is left, answers the number of chunks, and later lines are ignored", async () => {
  const { writer, ports } = makeWriter();
  writer.write("info", "one");
  await ports.timer.advance(2_000);
  writer.write("warning", "two");
  expect(await writer.close()).toBe(2);
  writer.write("info", "too late");
  await ports.timer.advance(10_000);
  expect(await events(ports)).toEqual(["one", "two"]);
  expect(ports.timer.pendingCount).toBe(0);
});

test("a put that fails is tried again", async () => {
  const { writer, ports } = makeWriter();
  ports.objects.failPuts = 2;
  writer.write("info", "one");
  await ports.timer.advance(10_000);
  expect(await events(ports)).toEqual(["one"]);
  expect(ports.problems).toEqual([]);
});

test("a chunk that cannot be stored is counted, and the next one says so", async () => {
  const { writer, ports } = makeWriter();
  writer.write("info", "kept");
  await ports.timer.advance(2_000);
  ports.objects.failPuts = 3;
  writer.write("info", "lost one");
  writer.write("info", "lost two");
  await ports.timer.advance(10_000);
  writer.write("info", "kept again");
  expect(await writer.close()).toBe(2);
  expect(await events(ports)).toEqual([
    "kept",
    "Part of the log is missing here: chunk 2 could not be stored",
    "kept again",
    "2 lines were lost here: the object store did not keep up",
  ]);
  expect(ports.problems.map(({ code }) => code)).toEqual(["log_lost"]);
});

test("an object store that is down for good does not keep close() from ending", async () => {
  const { writer, ports } = makeWriter();
  ports.objects.failPuts = Number.POSITIVE_INFINITY;
  writer.write("info", "lost");
  const closed = writer.close();
  await ports.timer.advance(10_000);
  expect(await closed).toBe(0);
});

test("an object store that never answers does not keep close() from ending", async () => {
  const { writer, ports } = makeWriter();
  ports.objects.put = () => new Promise(() => {});
  writer.write("info", "lost");
  const closed = writer.close();
  await ports.timer.advance(10_000);
  expect(await closed).toBe(0);
});

test("a store that is slower than the task costs lines, not memory", async () => {
  const { writer, ports } = makeWriter();
  for (let i = 0; i < 1_000; i++) writer.write("info", "x".repeat(10_000));
  await writer.close();
  expect((await events(ports)).at(-1)).toMatch(/^\d+ lines were lost here/);
});

test("a try can write 16 MB; one line says that the rest is not kept", async () => {
  const { writer, ports } = makeWriter();
  for (let i = 0; i < 2_000; i++) {
    writer.write("info", "x".repeat(10_000));
    if (i % 6 === 0) await settle();
  }
  await writer.close();
  const { lineCount } = await readLog(ports.objects, logPrefix(key), { offset: 0, limit: 1 });
  expect(lineCount).toBeLessThan(1_610);
  const { lines } = await readLog(ports.objects, logPrefix(key), { offset: lineCount - 1, limit: 1 });
  expect(lines[0]?.event).toMatch(/^The log of this try is full/);
});
