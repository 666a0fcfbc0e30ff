import { describe, expect, test } from "vitest";
import { formatLogLine, type LogLevel, logChunkKey } from "../../src/executor/log-lines.ts";
import { LOG_SEARCH_MAX_BYTES, logsOf } from "../../src/executor/logs.ts";
import type { ObjectStore } from "../../src/platform.ts";
import { MemoryObjectStore } from "../fixtures/memory-object-store.ts";
import { dagId, runId, taskId } from "../fixtures/projections.ts";

const key = { dagId: dagId("dag"), runId: runId("run"), taskId: taskId("task"), mapIndex: -1, tryNumber: 1 };

async function storeWith(chunks: readonly (readonly string[])[]): Promise<MemoryObjectStore> {
  const objects = new MemoryObjectStore();
  for (const [place, lines] of chunks.entries()) {
    const name = logChunkKey({ ...key, token: 1, seq: place + 1, lineCount: lines.length });
    await objects.put(name, new TextEncoder().encode(lines.join("\n")));
  }
  return objects;
}

const line = (event: string, level: LogLevel = "info", fields?: Readonly<Record<string, unknown>>) =>
  formatLogLine({ t: 1, level, event, fields });
const ask = { text: "", level: "", before: null, limit: 100 } as const;
const numbersOf = (found: { readonly matches: readonly { readonly number: number }[] }) =>
  found.matches.map(({ number }) => number);

describe("searchLog()", () => {
  test("finds text of events and of fields, case aside, with the numbers of the whole log", async () => {
    const objects = await storeWith([[line("one"), line("Two")], [line("three", "info", { city: "TWOFOLD" })]]);
    const found = await logsOf(objects).search(key, { ...ask, text: "two" });
    expect(numbersOf(found)).toEqual([2, 3]);
    expect(found).toMatchObject({ from: 0, lineCount: 3 });
  });

  test("does not take the level or the time for text", async () => {
    const objects = await storeWith([[line("hello", "info"), line("info for you", "error")]]);
    expect(numbersOf(await logsOf(objects).search(key, { ...ask, text: "info" }))).toEqual([2]);
  });

  test("finds what JSON has to escape", async () => {
    const objects = await storeWith([[line('say "hi"\nthere'), line("say hi")]]);
    expect(numbersOf(await logsOf(objects).search(key, { ...ask, text: '"HI"\nt' }))).toEqual([1]);
  });

  test("takes a level and all above it; a line that is no JSON is a warning", async () => {
    const objects = await storeWith([[line("a", "debug"), line("b", "warning"), "broken", line("c", "critical")]]);
    expect(numbersOf(await logsOf(objects).search(key, { ...ask, level: "warning" }))).toEqual([2, 3, 4]);
    expect(numbersOf(await logsOf(objects).search(key, { ...ask, level: "error" }))).toEqual([4]);
  });

  test("looks from the end backwards and says how far it came", async () => {
    const objects = await storeWith([[line("hit 1")], [line("hit 2"), line("hit 3")], [line("hit 4")]]);
    const last = await logsOf(objects).search(key, { ...ask, text: "hit", limit: 2 });
    expect(numbersOf(last)).toEqual([2, 3, 4]);
    expect(last.from).toBe(1);
    const rest = await logsOf(objects).search(key, { ...ask, text: "hit", limit: 2, before: last.from });
    expect(numbersOf(rest)).toEqual([1]);
    expect(rest.from).toBe(0);
  });

  test("reads no more of a log of 100 MB than one request may", async () => {
    const chunk = Array.from({ length: 60 }, (_, place) => line(`${place} ${"x".repeat(1_000)}`));
    const store = await storeWith(Array.from({ length: 1_600 }, () => chunk));
    let read = 0;
    const counting: ObjectStore = {
      put: (name, value) => store.put(name, value),
      list: (prefix, options) => store.list(prefix, options),
      delete: (keys) => store.delete(keys),
      get: async (name) => {
        const bytes = await store.get(name);
        read += bytes?.length ?? 0;
        return bytes;
      },
    };
    const found = await logsOf(counting).search(key, { ...ask, text: "not there" });
    expect(found.matches).toEqual([]);
    expect(found.lineCount).toBe(96_000);
    expect(found.from).toBeGreaterThan(80_000);
    expect(read).toBeLessThan(LOG_SEARCH_MAX_BYTES + 200_000);
  });
});

test("parts() gives a log chunk by chunk, in its order", async () => {
  const objects = await storeWith([[line("a"), line("b")], [line("c")]]);
  const parts: string[][] = [];
  for await (const lines of logsOf(objects).parts(key)) parts.push(lines.map(({ event }) => event));
  expect(parts).toEqual([["a", "b"], ["c"]]);
});
