/** What an executor is told of a run, from its row. */
import type { RunId } from "../dag/ids.ts";
import { validateParams } from "../dag/params.ts";
import type { JsonSchema } from "../dag/spec.ts";
import type { RunFacts } from "../executor/protocol.ts";
import type { Json } from "../lib/json.ts";
import type { StateRow } from "./ports.ts";
import { numberOrNull } from "./rows.ts";

export function runFacts(row: StateRow, params: JsonSchema | null): RunFacts {
  const conf = JSON.parse(String(row["conf"])) as Record<string, Json>;
  const checked = validateParams(params, conf);
  return {
    runId: String(row["run_id"]) as RunId,
    runType: String(row["run_type"]),
    logicalAt: numberOrNull(row["logical_at"]),
    dataIntervalStartAt: numberOrNull(row["data_interval_start_at"]),
    dataIntervalEndAt: numberOrNull(row["data_interval_end_at"]),
    runAfterAt: Number(row["run_after_at"]),
    startAt: Number(row["start_at"] ?? 0),
    params: checked.ok ? checked.params : conf,
    conf,
  };
}
