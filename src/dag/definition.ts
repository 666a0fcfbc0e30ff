import type { TaskFunction } from "./context.ts";
import type { DagHooks } from "./hooks.ts";
import type { DagSpec } from "./spec.ts";

/**
 * What `dag()` makes and a file of `dags/` exports: the graph as plain JSON, the function of each task by its id,
 * and the other functions of the file (`hooks`).
 *
 * @example
 * ```ts
 * import { type DagDefinition, dag } from "updraft";
 *
 * const definition: DagDefinition = dag("inspected", {}, ({ task }) => {
 *   task("first", () => 1);
 * });
 * console.log(definition.spec.tasks.map((task) => task.taskId), Object.keys(definition.functions));
 *
 * export default definition;
 * ```
 */
export interface DagDefinition {
  readonly spec: DagSpec;
  readonly functions: Readonly<Record<string, TaskFunction>>;
  /** Called by the executor (a custom timetable by the scheduler); nothing of them is in the spec but that they exist. */
  readonly hooks: DagHooks;
}
