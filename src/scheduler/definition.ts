/**
 * A new definition from the bundle. A version that has runs is never changed: the next one gets a number of its own, and
 * runs stay pinned to theirs. A version that no run ever used is written over.
 */
import type { DagSpec, ScheduleSpec } from "../dag/spec.ts";
import { compileGraph } from "../engine/graph.ts";
import { makeTimetable } from "../engine/timetable/make-timetable.ts";
import { canonicalJson } from "../lib/json.ts";
import type { PushedDefinition } from "../platform.ts";
import { type Committed, commitEvent } from "./commit.ts";
import { graphOf, type Loaded } from "./load.ts";
import type { SchedulerPorts, StateSql } from "./ports.ts";

/** A row of the object, and of D1, has at most 2 MB. */
const MAX_VERSION_BYTES = 1_900_000;
const utf8 = new TextEncoder();

export function applyDefinition(
  ports: SchedulerPorts,
  loaded: Loaded,
  definition: PushedDefinition,
  now: number,
): Committed {
  const { state } = loaded;
  const before = state.graph;
  const scheduleBefore = before?.spec.schedule ?? storedSchedule(ports.sql);
  const versionNumber = writeVersion(ports, loaded, definition, now);
  loaded.filePath = definition.filePath;
  if (scheduleBefore === null) state.isPaused = definition.spec.isPausedUponCreation;
  const committed = commitEvent(
    ports,
    loaded,
    {
      type: "define",
      graph: graphOf(ports.sql, loaded, versionNumber),
      timetable: makeTimetable(definition.spec.schedule, ports.customTimetable()),
      isScheduleChanged: scheduleBefore !== null && !isSameSchedule(scheduleBefore, definition.spec.schedule),
    },
    now,
    {},
  );
  if (!definition.hasImportError) return committed;
  const marked = commitEvent(ports, loaded, { type: "set_import_error", hasImportError: true }, now, {});
  return { steps: [...committed.steps, ...marked.steps], wakeAt: marked.wakeAt };
}

function writeVersion(ports: SchedulerPorts, loaded: Loaded, definition: PushedDefinition, now: number): number {
  const { sql } = ports;
  const [latest] = sql.exec(
    "SELECT version_number, spec_hash, source_hash FROM dag_version ORDER BY version_number DESC LIMIT 1",
  );
  const latestNumber = Number(latest?.["version_number"] ?? 0);
  const isSame =
    latest !== undefined &&
    latest["spec_hash"] === definition.specHash &&
    latest["source_hash"] === definition.sourceHash;
  if (isSame) return latestNumber;
  const isUsed = latestNumber === 0 || hasRuns(sql, latestNumber);
  const versionNumber = isUsed ? latestNumber + 1 : latestNumber;
  const spec = JSON.stringify(definition.spec);
  const bytes = utf8.encode(spec).length + utf8.encode(definition.source).length;
  if (bytes > MAX_VERSION_BYTES) {
    throw new Error(
      `Cannot store DAG "${loaded.state.dagId}": its tasks and source may take at most ${MAX_VERSION_BYTES} bytes, ` +
        `got ${bytes}; make fewer tasks, or map one over many items`,
    );
  }
  loaded.state.sequence += 1;
  sql.exec(
    `INSERT INTO dag_version (version_number, spec, spec_hash, source, source_hash, bundle_id, created_at, version)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
     ON CONFLICT (version_number) DO UPDATE SET spec = excluded.spec, spec_hash = excluded.spec_hash,
       source = excluded.source, source_hash = excluded.source_hash, bundle_id = excluded.bundle_id,
       created_at = excluded.created_at, version = excluded.version`,
    versionNumber,
    spec,
    definition.specHash,
    definition.source,
    definition.sourceHash,
    definition.bundleId,
    now,
    loaded.state.sequence,
  );
  loaded.graphs.set(versionNumber, compileGraph(definition.spec satisfies DagSpec, versionNumber));
  return versionNumber;
}

/** Runs are made with the newest version, so that the newest run tells mostly; an older one may have gone over to it. */
function hasRuns(sql: StateSql, versionNumber: number): boolean {
  const [newest] = sql.exec("SELECT version_number FROM dag_run ORDER BY seq DESC LIMIT 1");
  if (newest?.["version_number"] === versionNumber) return true;
  return sql.exec("SELECT 1 FROM dag_run WHERE version_number = ? LIMIT 1", versionNumber).length > 0;
}

/** Of a DAG whose stored version cannot be compiled any more; null when there never was one. */
function storedSchedule(sql: StateSql): ScheduleSpec | null {
  const [row] = sql.exec("SELECT spec FROM dag_version ORDER BY version_number DESC LIMIT 1");
  return row === undefined ? null : (JSON.parse(String(row["spec"])) as DagSpec).schedule;
}

function isSameSchedule(a: ScheduleSpec, b: ScheduleSpec): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
