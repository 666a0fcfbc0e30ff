/** The functions of all tasks that this Worker was built with. A file that failed to load has none. */
import { manifest } from "#manifest";
import type { DagDefinition } from "../../src/dag/definition.ts";
import type { TaskFunctions } from "../../src/executor/ports.ts";

const definitions = new Map<string, DagDefinition>();
for (const entry of manifest.entries) {
  // Two files with one DAG id are an error on the second: the first one's functions count.
  if (entry.ok && !definitions.has(entry.spec.dagId)) definitions.set(entry.spec.dagId, entry.definition);
}

export const taskFunctions: TaskFunctions = {
  bundleId: manifest.bundleId,
  find: (dagId, taskId) => {
    const functions = definitions.get(dagId)?.functions;
    // Not just any property: a task may be called `constructor`.
    return functions !== undefined && Object.hasOwn(functions, taskId) ? (functions[taskId] ?? null) : null;
  },
  definition: (dagId) => definitions.get(dagId) ?? null,
};
