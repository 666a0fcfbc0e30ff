/**
 * Takes what the catalog does not have yet out of the sets of unflushed rows, as one projection of bounded size. Rows are
 * told as they are now, with the newest version, so that however often a row changed it is written once.
 */
import type { AuditEvent, Projection } from "../catalog/projection.ts";
import type { RunId, TaskId } from "../dag/ids.ts";
import { FLAG_UNFLUSHED, type RunState } from "../engine/run-state.ts";
import { nextRun } from "../engine/schedule.ts";
import { QUEUED, RUNNING } from "../engine/states.ts";
import { backfillJob, readBackfillViews } from "./backfills/rows.ts";
import { readCallbackViews } from "./callbacks/rows.ts";
import type { EventBody } from "./commit.ts";
import { type Loaded, readRun } from "./load.ts";
import type { SchedulerPorts, StateRow } from "./ports.ts";
import { type InstancesOfRun, instanceViews, tryViews, xcomViews } from "./run-views.ts";
import { dagRunView } from "./views.ts";

const MAX_INSTANCES = 2_000;
/** After so long in one state a task instance is told as it stands. */
const ON_ITS_WAY_MS = 1_000;
const MAX_ROWS = 500;
/** Each has a whole specification and source. */
const MAX_VERSIONS = 10;

export interface Snapshot {
  readonly projection: Projection;
  /** Everything up to this version is in the projection, unless it is not complete. */
  readonly version: number;
  /** Nothing was left behind for a later one. */
  readonly isComplete: boolean;
  /** What was left behind is on its way, and told when it has arrived or takes long. */
  readonly isRestOnItsWay: boolean;
  /** When the first of that takes long; null when nothing is on its way. */
  readonly nextLateAt: number | null;
  readonly instances: readonly InstancesOfRun[];
  readonly rows: readonly number[];
  readonly tries: readonly number[];
  readonly xcoms: readonly number[];
  readonly callbacks: readonly number[];
  readonly backfills: readonly number[];
  readonly lastEventSeq: number;
  readonly tombstones: readonly string[];
  /** The DAG's own row and versions up to here are in the projection; null without them. */
  readonly dagVersion: number | null;
  readonly wakeAt: number | null;
}

type Taken = Pick<
  Snapshot,
  "instances" | "rows" | "tries" | "xcoms" | "callbacks" | "backfills" | "isRestOnItsWay" | "nextLateAt"
>;

export interface DagFlush {
  /** Version of the DAG's row that the catalog has. */
  flushedDagVersion: number;
  /** The wake-up that the catalog shows to the watchdog. */
  projectedWakeAt: number | null;
}

export function hasUnflushed(loaded: Loaded, dag: DagFlush): boolean {
  return (
    loaded.unflushedRuns.size > 0 ||
    hasUnflushedOthers(loaded) ||
    loaded.hasEvents ||
    loaded.hasTombstones ||
    loaded.dagVersion > dag.flushedDagVersion
  );
}

function hasUnflushedOthers(loaded: Loaded): boolean {
  return (
    loaded.unflushedRows.size > 0 ||
    loaded.unflushedTries.size > 0 ||
    loaded.unflushedXComs.size > 0 ||
    loaded.unflushedCallbacks.size > 0 ||
    loaded.unflushedBackfills.size > 0
  );
}

/** A difference that the watchdog must know of. What is not known since the start of the object differs from nothing. */
export function isWakeMoved(dag: DagFlush, wakeAt: number | null | undefined): boolean {
  if (wakeAt === undefined) return false;
  if (wakeAt === null || dag.projectedWakeAt === null) return wakeAt !== dag.projectedWakeAt;
  return Math.abs(wakeAt - dag.projectedWakeAt) > 60_000;
}

export function takeSnapshot(
  ports: SchedulerPorts,
  loaded: Loaded,
  dag: DagFlush,
  wakeAt: number | null | undefined,
): Snapshot {
  const taken: Taken = {
    ...takeInstances(loaded, ports.clock.now()),
    rows: takeSome(loaded.unflushedRows, MAX_ROWS),
    tries: takeSome(loaded.unflushedTries, MAX_ROWS),
    xcoms: takeSome(loaded.unflushedXComs, MAX_ROWS),
    callbacks: takeSome(loaded.unflushedCallbacks, MAX_ROWS),
    backfills: takeSome(loaded.unflushedBackfills, MAX_ROWS),
  };
  try {
    return describe(ports, loaded, dag, wakeAt === undefined ? dag.projectedWakeAt : wakeAt, taken);
  } catch (error) {
    restoreTaken(loaded, taken);
    throw error;
  }
}

/** Reads all that the projection needs before it notes anything as taken, so that a failure leaves everything as it was. */
function describe(ports: SchedulerPorts, loaded: Loaded, dag: DagFlush, wakeAt: number | null, taken: Taken): Snapshot {
  const { state } = loaded;
  const { instances, rows, tries, xcoms } = taken;
  const version = state.sequence;
  const { callbacks } = taken;
  const backfills = readBackfillViews(ports.sql, state.dagId, taken.backfills, version);
  const events = loaded.hasEvents ? ports.sql.exec("SELECT seq, body FROM event ORDER BY seq LIMIT ?", MAX_ROWS) : [];
  const tombstones = loaded.hasTombstones ? ports.sql.exec("SELECT run_id, version FROM tombstone") : [];
  const hasDag = loaded.dagVersion > dag.flushedDagVersion || isWakeMoved(dag, wakeAt);
  const views = instanceViews(ports, loaded, instances, version);
  const own = dagPart(ports, loaded, hasDag, dag, wakeAt, version);
  const snapshot = {
    projection: {
      ...own.part,
      dagRuns: runRows(ports, rows).map((row) => dagRunView(state.dagId, row, version)),
      taskInstances: views.taskInstances,
      tries: tries.flatMap((seq) => tryViews(ports, loaded, runOf(ports, loaded, seq), version)),
      xcoms: views.xcoms.concat(xcoms.flatMap((seq) => xcomViews(ports, loaded, runOf(ports, loaded, seq), version))),
      callbacks: readCallbackViews(ports.sql, state.dagId, callbacks, version),
      backfills,
      jobs: [...own.part.jobs, ...backfills.map(backfillJob)],
      events: events.map((row) => auditEvent(loaded, row)),
      deletedRuns: tombstones.map((row) => ({
        dagId: state.dagId,
        runId: String(row["run_id"]) as RunId,
        version: Number(row["version"]),
      })),
    },
    version,
    ...taken,
    lastEventSeq: Number(events.at(-1)?.["seq"] ?? 0),
    tombstones: tombstones.map((row) => String(row["run_id"])),
    dagVersion: hasDag ? own.upTo : null,
    wakeAt,
  };
  if (events.length < MAX_ROWS) loaded.hasEvents = false;
  loaded.hasTombstones = false;
  const isLeft = loaded.hasEvents || own.upTo < version || hasUnflushedOthers(loaded);
  return {
    ...snapshot,
    isComplete: !isLeft && loaded.unflushedRuns.size === 0,
    isRestOnItsWay: !isLeft && taken.isRestOnItsWay,
  };
}

/** Nothing but what is on its way was there to tell. */
export function isEmpty({ projection, dagVersion }: Snapshot): boolean {
  const { taskInstances, dagRuns, tries, xcoms, events, deletedRuns, jobs, callbacks, backfills } = projection;
  const lists = [taskInstances, dagRuns, tries, xcoms, events, deletedRuns, jobs, callbacks ?? [], backfills ?? []];
  return dagVersion === null && lists.every((list) => list.length === 0);
}

/** Puts back what a failed flush had taken. */
export function restoreSnapshot(loaded: Loaded, snapshot: Snapshot): void {
  restoreTaken(loaded, snapshot);
  if (snapshot.lastEventSeq > 0) loaded.hasEvents = true;
  if (snapshot.tombstones.length > 0) loaded.hasTombstones = true;
}

function restoreTaken(loaded: Loaded, snapshot: Taken): void {
  for (const { run, places } of snapshot.instances) {
    // Deleted meanwhile: a newer version of its rows would stand above its tombstone.
    if (loaded.state.runs.get(run.seq) !== run) continue;
    for (const place of places) run.markUnflushed(place);
    loaded.unflushedRuns.add(run);
  }
  for (const seq of snapshot.rows) loaded.unflushedRows.add(seq);
  for (const seq of snapshot.tries) loaded.unflushedTries.add(seq);
  for (const seq of snapshot.xcoms) loaded.unflushedXComs.add(seq);
  for (const id of snapshot.callbacks) loaded.unflushedCallbacks.add(id);
  for (const id of snapshot.backfills) loaded.unflushedBackfills.add(id);
}

function takeSome(set: Set<number>, limit: number): number[] {
  const taken: number[] = [];
  for (const item of set) {
    if (taken.length === limit) break;
    taken.push(item);
    set.delete(item);
  }
  return taken;
}

/**
 * A short task would be written to the catalog as queued, as running and as done, and each of them is billed. So what was
 * queued or started just now stays here; the object itself answers for live runs meanwhile. Null when it is to be told at once.
 */
function lateAt(run: RunState, place: number, now: number): number | null {
  if (run.state !== "running") return null;
  const code = run.stateOf[place];
  const since = code === QUEUED ? run.queuedAtOf[place] : code === RUNNING ? run.startAtOf[place] : undefined;
  return since !== undefined && since <= now && now - since < ON_ITS_WAY_MS ? since + ON_ITS_WAY_MS : null;
}

function takeInstances(loaded: Loaded, now: number): Pick<Snapshot, "instances" | "isRestOnItsWay" | "nextLateAt"> {
  let nextLateAt: number | null = null;
  const instances: { run: RunState; places: readonly number[] }[] = [];
  let count = 0;
  for (const run of loaded.unflushedRuns) {
    if (count >= MAX_INSTANCES) break;
    const places: number[] = [];
    const left: number[] = [];
    for (const place of run.unflushed) {
      const at = lateAt(run, place, now);
      if (at !== null) nextLateAt = Math.min(nextLateAt ?? at, at);
      if (at !== null || count + places.length >= MAX_INSTANCES) left.push(place);
      else places.push(place);
    }
    for (const place of places) run.clearFlag(place, FLAG_UNFLUSHED);
    run.unflushed = left;
    count += places.length;
    if (places.length > 0 || left.length === 0) instances.push({ run, places });
    if (left.length === 0) loaded.unflushedRuns.delete(run);
  }
  return { instances, isRestOnItsWay: count < MAX_INSTANCES, nextLateAt };
}

function runRows(ports: SchedulerPorts, seqs: readonly number[]): readonly StateRow[] {
  if (seqs.length === 0) return [];
  return ports.sql.exec("SELECT * FROM dag_run WHERE seq IN (SELECT value FROM json_each(?1))", JSON.stringify(seqs));
}

function runOf(ports: SchedulerPorts, loaded: Loaded, seq: number): RunState | null {
  const live = loaded.state.runs.get(seq);
  if (live !== undefined) return live;
  const [row] = ports.sql.exec("SELECT * FROM dag_run WHERE seq = ?", seq);
  return row === undefined ? null : readRun(ports.sql, loaded, row);
}

function auditEvent(loaded: Loaded, row: StateRow): AuditEvent {
  const body = JSON.parse(String(row["body"])) as EventBody & { readonly at: number };
  return {
    eventId: `${loaded.state.dagId}:${row["seq"]}`,
    at: body.at,
    dagId: loaded.state.dagId,
    runId: body.runId as RunId | null,
    taskId: (body.taskId ?? null) as TaskId | null,
    mapIndex: body.mapIndex ?? null,
    tryNumber: body.tryNumber ?? null,
    event: body.event,
    actor: body.actor,
    extra: body.extra,
  };
}

function dagPart(
  ports: SchedulerPorts,
  loaded: Loaded,
  hasDag: boolean,
  dag: DagFlush,
  wakeAt: number | null,
  version: number,
): { readonly part: Pick<Projection, "dag" | "versions" | "jobs">; readonly upTo: number } {
  const { state } = loaded;
  const now = ports.clock.now();
  if (!hasDag || state.graph === null) return { part: { dag: null, versions: [], jobs: [] }, upTo: version };
  const { spec, versionNumber } = state.graph;
  const next = nextRun(state, now);
  const { schedule } = spec;
  const versions = ports.sql.exec(
    `SELECT * FROM dag_version WHERE version > ? ORDER BY version_number LIMIT ${MAX_VERSIONS}`,
    dag.flushedDagVersion,
  );
  const part: Pick<Projection, "dag" | "versions" | "jobs"> = {
    dag: {
      dagId: state.dagId,
      description: spec.description,
      owner: spec.owner,
      tags: spec.tags,
      scheduleText: schedule.type === "manual" ? null : (state.timetable?.description ?? null),
      timezone: schedule.type === "cron" || schedule.type === "crons" ? schedule.timezone : null,
      isPaused: state.isPaused,
      isRetired: state.isRetired,
      hasImportError: state.hasImportError,
      maxActiveRuns: spec.maxActiveRuns,
      maxActiveTasks: spec.maxActiveTasks,
      versionNumber,
      filePath: loaded.filePath,
      nextRunAfterAt: next?.runAfterAt ?? null,
      nextLogicalAt: next?.logicalAt ?? null,
      nextWakeAt: wakeAt,
      version,
    },
    versions: versions.map((row) => ({
      dagId: state.dagId,
      versionNumber: Number(row["version_number"]),
      specJson: String(row["spec"]),
      specHash: String(row["spec_hash"]),
      sourceHash: String(row["source_hash"]),
      source: String(row["source"]),
      filePath: loaded.filePath,
      bundleId: String(row["bundle_id"]),
      createdAt: Number(row["created_at"]),
      version,
    })),
    jobs: [
      {
        jobId: `scheduler:${state.dagId}`,
        jobType: "SchedulerJob",
        dagId: state.dagId,
        state: "running",
        startAt: now,
        endAt: null,
        latestHeartbeatAt: now,
        extra: null,
      },
    ],
  };
  // Later versions were written later, so that the last one tells how far this went.
  const isFull = versions.length === MAX_VERSIONS;
  return { part, upTo: isFull ? Number(versions.at(-1)?.["version"]) : version };
}
