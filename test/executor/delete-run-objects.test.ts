import { expect, test } from "vitest";
import type { DagId, RunId, TaskId } from "../../src/dag/ids.ts";
import { deleteRunObjects } from "../../src/executor/delete-run-objects.ts";
import { logChunkKey } from "../../src/executor/log-lines.ts";
import { runXComPrefix } from "../../src/executor/xcom-writer.ts";
import { MemoryObjectStore } from "../fixtures/memory-object-store.ts";

const dagId = "dag" as DagId;

async function putRun(store: MemoryObjectStore, runId: string, chunkCount: number): Promise<void> {
  const key = { dagId, runId: runId as RunId, taskId: "t" as TaskId, mapIndex: -1, tryNumber: 1, token: 1 };
  for (let seq = 1; seq <= chunkCount; seq++) {
    await store.put(logChunkKey({ ...key, seq, lineCount: 1 }), new Uint8Array(1));
  }
  await store.put(`${runXComPrefix(key)}t/-1/1/0.json`, new Uint8Array(1));
}

test("deleteRunObjects() deletes the logs and values of the run, however many, and of no other run", async () => {
  const store = new MemoryObjectStore();
  await putRun(store, "run", 2_100);
  await putRun(store, "run2", 1);
  const others = store.keys().filter((key) => key.includes("/run2/"));
  await deleteRunObjects(store, { dagId, runId: "run" as RunId });
  expect(store.keys()).toEqual(others);
});

test("deleteRunObjects() of a run that left nothing does nothing", async () => {
  const store = new MemoryObjectStore();
  await deleteRunObjects(store, { dagId, runId: "run" as RunId });
  expect(store.keys()).toEqual([]);
});
