/** Runs and task instances by their keys, of whichever DAGs: what somebody has ticked. */
import type { DagRunView, TaskInstanceView } from "../../platform.ts";
import { type AllowedDagIds, Filter } from "../filter.ts";
import type { Query } from "../port.ts";
import { dagRunColumns, parseDagRun } from "./dag-runs.ts";
import { parseTaskInstance, taskInstanceColumns } from "./task-instances.ts";

export type RunKey = readonly [dagId: string, runId: string];
export type TaskInstanceKey = readonly [dagId: string, runId: string, taskId: string, mapIndex: number];

/** In the order of the keys; CROSS JOIN keeps them outside and looks each row up. */
export const chosen = {
  runs(keys: readonly RunKey[], allowedDagIds: AllowedDagIds): Query<DagRunView> {
    const where = new Filter();
    const list = where.bind(JSON.stringify(keys));
    where.allowed(allowedDagIds, "r.dag_id");
    const sql = `SELECT ${dagRunColumns} FROM json_each(${list}) AS k
      CROSS JOIN live_dag_run AS r ON r.dag_id = k.value ->> 0 AND r.run_id = k.value ->> 1 ${where.where()}`;
    return { sql, params: where.params, parse: parseDagRun };
  },

  taskInstances(keys: readonly TaskInstanceKey[], allowedDagIds: AllowedDagIds): Query<TaskInstanceView> {
    const where = new Filter();
    const list = where.bind(JSON.stringify(keys));
    where.allowed(allowedDagIds, "t.dag_id");
    const sql = `SELECT ${taskInstanceColumns} FROM json_each(${list}) AS k
      CROSS JOIN live_task_instance AS t ON t.dag_id = k.value ->> 0 AND t.run_id = k.value ->> 1
        AND t.task_id = k.value ->> 2 AND t.map_index = k.value ->> 3 ${where.where()}`;
    return { sql, params: where.params, parse: parseTaskInstance };
  },
};
