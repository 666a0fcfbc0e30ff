/**
 * What a run's task instances cannot tell by themselves: how long mapped results were, how many instances tasks got, and
 * what branches decided. One row per fact, written with the change that brought it.
 */
import type { ShapeRecord } from "../engine/restore.ts";
import type { Step } from "../engine/step.ts";
import type { StateSql } from "./ports.ts";
import { execMany } from "./rows.ts";

const UPSERT = `INSERT INTO run_shape (run_seq, kind, key, value)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1) WHERE true
  ON CONFLICT DO UPDATE SET value = excluded.value`;

export function writeShape(sql: StateSql, step: Step): void {
  const rows = [
    ...step.lengths.map(({ run, key, length }) => [run.seq, "length", key, String(length)]),
    ...step.expansions.map(({ run, task, length }) => {
      return [run.seq, "expansion", run.graph.tasks[task]?.spec.taskId ?? "", String(length)];
    }),
    ...step.decisions.map(({ run, place, skipped }) => {
      const key = `${run.taskAt(place).spec.taskId} ${run.mapIndex[place]}`;
      return [run.seq, "decision", key, JSON.stringify(skipped)];
    }),
  ];
  execMany(
    sql,
    UPSERT,
    rows.map((row) => JSON.stringify(row)),
  );
}

export function readShape(sql: StateSql, runSeq: number): ShapeRecord {
  const rows = sql.exec("SELECT kind, key, value FROM run_shape WHERE run_seq = ?", runSeq);
  const of = (kind: string) => rows.filter((row) => row["kind"] === kind);
  return {
    lengths: of("length").map((row) => ({ key: String(row["key"]), length: Number(row["value"]) })),
    expansions: of("expansion").map((row) => ({ taskId: String(row["key"]), length: Number(row["value"]) })),
    decisions: of("decision").map((row) => {
      // Task ids hold no space.
      const [taskId = "", mapIndex = "-1"] = String(row["key"]).split(" ");
      return { taskId, mapIndex: Number(mapIndex), skipped: JSON.parse(String(row["value"])) as string[] };
    }),
  };
}
