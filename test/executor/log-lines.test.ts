import { expect, test } from "vitest";
import type { DagId, RunId, TaskId } from "../../src/dag/ids.ts";
import { formatLogLine, LOG_LINE_MAX_LENGTH, logChunkKey, logPrefix, readLog } from "../../src/executor/log-lines.ts";
import { MemoryObjectStore } from "../fixtures/memory-object-store.ts";

const key = {
  dagId: "seattle_weather" as DagId,
  runId: "scheduled__2026-01-01T00:00:00+00:00" as RunId,
  taskId: "extract" as TaskId,
  mapIndex: -1,
  tryNumber: 1,
};

async function putChunk(
  store: MemoryObjectStore,
  chunk: { readonly token: number; readonly seq: number; readonly events: readonly string[] },
): Promise<void> {
  const lines = chunk.events.map((event) => formatLogLine({ t: 1, level: "info", event }));
  const place = logChunkKey({ ...key, ...chunk, lineCount: lines.length });
  await store.put(place, new TextEncoder().encode(lines.join("\n")));
}

async function readEvents(store: MemoryObjectStore, page = { offset: 0, limit: 100 }): Promise<readonly string[]> {
  return (await readLog(store, logPrefix(key), page)).lines.map(({ event }) => event);
}

test("logChunkKey() holds no character that a file system or a URL takes otherwise", () => {
  expect(logChunkKey({ ...key, token: 1_767_225_600_123, seq: 7, lineCount: 12 })).toBe(
    "logs/seattle_weather/scheduled__2026-01-01T00=00=00@00=00/extract/-1/1/0001767225600123/000007-12.ndjson",
  );
});

test("logChunkKey() stays within R2's 1,024 bytes for the longest ids", () => {
  const longest = {
    dagId: "d".repeat(250) as DagId,
    runId: ":".repeat(250) as RunId,
    taskId: "t".repeat(250) as TaskId,
  };
  const chunkKey = logChunkKey({
    ...longest,
    mapIndex: 99_999,
    tryNumber: 999,
    token: 2 ** 53 - 1,
    seq: 999_999,
    lineCount: 1e6,
  });
  expect(new TextEncoder().encode(chunkKey).length).toBeLessThanOrEqual(1_024);
});

test("an id of dots does not climb out of its folder", () => {
  expect(logPrefix({ ...key, dagId: ".." as DagId })).toMatch(/^logs\/,,\//);
});

test("the prefix of try 1 does not cover try 10", () => {
  expect(logPrefix({ ...key, tryNumber: 10 }).startsWith(logPrefix(key))).toBe(false);
});

test("readLog() reads chunks in the order they were written", async () => {
  const store = new MemoryObjectStore();
  await putChunk(store, { token: 5, seq: 2, events: ["c"] });
  await putChunk(store, { token: 5, seq: 1, events: ["a", "b"] });
  expect(await readEvents(store)).toEqual(["a", "b", "c"]);
});

test("readLog() fetches only the chunks of its page", async () => {
  const store = new MemoryObjectStore();
  for (let seq = 1; seq <= 10; seq++) await putChunk(store, { token: 5, seq, events: [`${seq}a`, `${seq}b`] });
  const page = await readLog(store, logPrefix(key), { offset: 3, limit: 3 });
  expect(page.lines.map(({ event }) => event)).toEqual(["2b", "3a", "3b"]);
  expect(page).toMatchObject({ nextOffset: 6, lineCount: 20 });
  expect(store.getCount).toBe(2);
});

test("readLog() at the end returns nothing and the same offset, and later what was added", async () => {
  const store = new MemoryObjectStore();
  await putChunk(store, { token: 5, seq: 1, events: ["a"] });
  expect(await readLog(store, logPrefix(key), { offset: 1, limit: 10 })).toEqual({
    lines: [],
    nextOffset: 1,
    lineCount: 1,
  });
  await putChunk(store, { token: 5, seq: 2, events: ["b"] });
  expect(await readEvents(store, { offset: 1, limit: 10 })).toEqual(["b"]);
});

test("readLog() shows a hole in the chunk numbers, and counts it as a line", async () => {
  const store = new MemoryObjectStore();
  await putChunk(store, { token: 5, seq: 1, events: ["a"] });
  await putChunk(store, { token: 5, seq: 4, events: ["d"] });
  expect(await readEvents(store)).toEqual([
    "a",
    "Part of the log is missing here: chunks 2 to 3 could not be stored",
    "d",
  ]);
  expect(await readEvents(store, { offset: 2, limit: 10 })).toEqual(["d"]);
});

test("readLog() shows where a second grant of the try begins", async () => {
  const store = new MemoryObjectStore();
  await putChunk(store, { token: 12, seq: 1, events: ["second"] });
  await putChunk(store, { token: 5, seq: 1, events: ["first"] });
  expect(await readEvents(store)).toEqual([
    "first",
    "The try was granted again; what follows was written under its new token",
    "second",
  ]);
});

test("readLog() shows damaged lines as text and keeps the offsets of the others", async () => {
  const store = new MemoryObjectStore();
  await store.put(logChunkKey({ ...key, token: 5, seq: 1, lineCount: 3 }), new TextEncoder().encode('{"t":1\nplain'));
  expect(await readEvents(store)).toEqual(['{"t":1', "plain", "This line of the log could not be read"]);
});

test("formatLogLine() keeps fields, and renames those that are called like ours", () => {
  const line = formatLogLine({ t: 1, level: "info", event: "Loaded", fields: { rows: 3, level: "high", event: "x" } });
  expect(JSON.parse(line)).toEqual({ t: 1, level: "info", event: "Loaded", rows: 3, level_: "high", event_: "x" });
});

test("formatLogLine() writes what JSON cannot hold as text", () => {
  const fields = { big: 10n, error: new TypeError("no"), none: undefined, ratio: Number.NaN };
  const line: unknown = JSON.parse(formatLogLine({ t: 1, level: "error", event: "e", fields }));
  expect(line).toMatchObject({ big: "10", error: "TypeError: no", none: "undefined", ratio: "NaN" });
});

test("formatLogLine() survives a cycle", () => {
  const fields: Record<string, unknown> = {};
  fields["self"] = fields;
  expect(JSON.parse(formatLogLine({ t: 1, level: "info", event: "e", fields }))).toMatchObject({ event: "e" });
});

test("formatLogLine() caps the length of a line, escapes included", () => {
  for (const character of ["x", "\u0000", "\n"]) {
    const line = formatLogLine({ t: 1, level: "info", event: character.repeat(100_000), fields: { a: 1 } });
    expect(line.length).toBeLessThanOrEqual(LOG_LINE_MAX_LENGTH);
    expect(JSON.parse(line)).toMatchObject({ truncated: true });
    expect(line).not.toContain("\n");
  }
});
