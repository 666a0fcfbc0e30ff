/**
 * What the catalog is told of a run beneath its own row: task instances, their earlier tries, and previews of results. For a
 * flush of what changed, and for a rebuild of everything.
 */
import type { Projection, XComProjection } from "../catalog/projection.ts";
import type { TaskId } from "../dag/ids.ts";
import type { RunState } from "../engine/run-state.ts";
import type { Loaded } from "./load.ts";
import type { SchedulerPorts, StateRow } from "./ports.ts";
import { xcomValue } from "./rows.ts";
import { extrasOf, taskInstanceView, tryView } from "./views.ts";

const PREVIEW_CHARS = 2_048;
const NO_VALUE = { preview: "", isTruncated: false, bytes: 0, ref: null } as const;

export interface InstancesOfRun {
  readonly run: RunState;
  readonly places: readonly number[];
}

export function instanceViews(
  ports: SchedulerPorts,
  loaded: Loaded,
  instances: readonly InstancesOfRun[],
  version: number,
): { taskInstances: Projection["taskInstances"]; xcoms: XComProjection[] } {
  const taskInstances: Projection["taskInstances"][number][] = [];
  const xcoms: XComProjection[] = [];
  const rows = instanceRows(ports, instances);
  for (const { run, places } of instances) {
    for (const place of places) {
      const row = rows.get(`${run.seq} ${run.taskAt(place).spec.taskId} ${run.mapIndex[place]}`);
      const view = taskInstanceView(loaded.state.dagId, run, place, extrasOf(row), version);
      taskInstances.push(view);
      const value = preview(row);
      // Only a clear takes a value back: a try that is followed by another had none.
      const isGone = value === null && (run.clearNumber > 0 || run.reason === "cleared");
      if (value !== null || isGone) {
        const key = { dagId: view.dagId, runId: view.runId, taskId: view.taskId, mapIndex: view.mapIndex };
        xcoms.push({
          ...key,
          key: "return_value",
          ...(value ?? NO_VALUE),
          isDeleted: isGone,
          at: view.endAt ?? 0,
          version,
        });
      }
    }
  }
  return { taskInstances, xcoms };
}

function instanceRows(ports: SchedulerPorts, instances: readonly InstancesOfRun[]): Map<string, StateRow> {
  const keys = instances.flatMap(({ run, places }) =>
    places.map((place) => [run.seq, run.taskAt(place).spec.taskId, run.mapIndex[place] ?? -1]),
  );
  if (keys.length === 0) return new Map();
  // CROSS JOIN keeps the keys outside and looks each row up; the planner would rather compare every row with every key.
  const rows = ports.sql.exec(
    `SELECT t.run_seq, t.task_id, t.map_index, t.error, t.bundle_id, t.log_chunk_count, t.note, t.instance_name,
       t.return_ref AS ref,
       substr(t.return_json, 1, ${PREVIEW_CHARS}) AS preview, length(CAST(t.return_json AS BLOB)) AS bytes
     FROM json_each(?1) AS k CROSS JOIN task_instance AS t
       ON t.run_seq = k.value ->> 0 AND t.task_id = k.value ->> 1 AND t.map_index = k.value ->> 2`,
    JSON.stringify(keys),
  );
  return new Map(rows.map((row) => [`${row["run_seq"]} ${row["task_id"]} ${row["map_index"]}`, row]));
}

function preview(row: StateRow | undefined): Pick<XComProjection, "preview" | "isTruncated" | "bytes" | "ref"> | null {
  if (row === undefined) return null;
  const large = xcomValue(null, row["ref"]);
  if (large?.type === "ref")
    return { preview: large.preview ?? "", isTruncated: true, bytes: large.bytes, ref: large.key };
  if (row["preview"] == null) return null;
  const text = String(row["preview"]);
  const bytes = Number(row["bytes"]);
  return { preview: text, isTruncated: text.length >= PREVIEW_CHARS && bytes > PREVIEW_CHARS, bytes, ref: null };
}

export function tryViews(
  ports: SchedulerPorts,
  loaded: Loaded,
  run: RunState | null,
  version: number,
  since = loaded.flushedVersion,
): Projection["tries"] {
  if (run === null) return [];
  return ports.sql
    .exec("SELECT * FROM task_instance_history WHERE run_seq = ? AND version > ?", run.seq, since)
    .flatMap((row) => tryView(loaded.state.dagId, run, row, version) ?? []);
}

export function xcomViews(
  ports: SchedulerPorts,
  loaded: Loaded,
  run: RunState | null,
  version: number,
  since = loaded.flushedVersion,
): XComProjection[] {
  if (run === null) return [];
  return ports.sql
    .exec(
      `SELECT task_id, map_index, key, ref, at, substr(json, 1, ${PREVIEW_CHARS}) AS preview,
         length(CAST(json AS BLOB)) AS bytes FROM xcom WHERE run_seq = ? AND version > ?`,
      run.seq,
      since,
    )
    .map((row) => {
      const shown = preview(row);
      return {
        dagId: loaded.state.dagId,
        runId: run.runId,
        taskId: String(row["task_id"]) as TaskId,
        mapIndex: Number(row["map_index"]),
        key: String(row["key"]),
        ...(shown ?? NO_VALUE),
        isDeleted: shown === null,
        at: Number(row["at"]),
        version,
      };
    });
}
