import type { TaskFunction } from "./context.ts";
import type { DagSpec } from "./spec.ts";

/** What `dag()` makes and a file of `dags/` exports: the graph as plain JSON, and the function of each task by its id. */
export interface DagDefinition {
  readonly spec: DagSpec;
  readonly functions: Readonly<Record<string, TaskFunction>>;
}
