import { expect, test } from "vitest";
import { manifest } from "#manifest";
import type { DagId, TaskId } from "../../src/dag/ids.ts";
import { taskFunctions } from "../../workers/cloudflare/task-functions.ts";

test("every task of every loaded file is found, under the bundle's id", () => {
  const loaded = manifest.entries.filter((entry) => entry.ok);
  expect(loaded.length).toBeGreaterThan(0);
  for (const { spec, definition } of loaded) {
    for (const { taskId } of spec.tasks) {
      expect(taskFunctions.find(spec.dagId, taskId)).toBe(definition.functions[taskId]);
    }
  }
  expect(taskFunctions.bundleId).toBe(manifest.bundleId);
  expect(loaded.map(({ spec, definition }) => taskFunctions.definition?.(spec.dagId) === definition)).not.toContain(
    false,
  );
  expect(taskFunctions.definition?.("constructor" as DagId)).toBeNull();
});

test("what the bundle does not have is null, also when it is called like something that every object has", () => {
  const [entry] = manifest.entries;
  const dagId = entry?.ok ? entry.spec.dagId : ("" as DagId);
  for (const taskId of ["nothing", "constructor", "toString"]) {
    expect(taskFunctions.find(dagId, taskId as TaskId)).toBeNull();
  }
  expect(taskFunctions.find("constructor" as DagId, "constructor" as TaskId)).toBeNull();
});
