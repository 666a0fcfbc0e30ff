/** The functions of all tasks that this Worker was built with. A file that failed to load has none. */
import { manifest } from "#manifest";
import type { TaskFunction } from "../../src/dag/context.ts";
import type { TaskFunctions } from "../../src/executor/ports.ts";

const functionsByDag = new Map<string, Readonly<Record<string, TaskFunction>>>();
for (const entry of manifest.entries) {
  // Two files with one DAG id are an error on the second: the first one's functions count.
  if (entry.ok && !functionsByDag.has(entry.spec.dagId))
    functionsByDag.set(entry.spec.dagId, entry.definition.functions);
}

export const taskFunctions: TaskFunctions = {
  bundleId: manifest.bundleId,
  find: (dagId, taskId) => {
    const functions = functionsByDag.get(dagId);
    // Not just any property: a task may be called `constructor`.
    return functions !== undefined && Object.hasOwn(functions, taskId) ? (functions[taskId] ?? null) : null;
  },
};
