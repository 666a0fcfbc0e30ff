import type { TaskFunction } from "./context.ts";
import type { DagSpec } from "./spec.ts";

/**
 * What `dag()` makes and a file of `dags/` exports: the graph as plain JSON, and the function of each task by its id.
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
}
