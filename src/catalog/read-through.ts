/**
 * Read your writes: one DAG, run or task instance is answered by the DAG's own object, because only it
 * knows what was just triggered, cleared, noted or deleted and has not been flushed yet. The catalog answers what the
 * object cannot: in its place while it is unreachable, and lists.
 */
import type { DagId, RunId, TaskId } from "../dag/ids.ts";
import type { DagSpec, TaskSpec } from "../dag/spec.ts";
import {
  type BackfillView,
  type DagRunView,
  type DagView,
  type PlannedRuns,
  type Platform,
  PlatformError,
  type TaskInstancePage,
  type TaskInstanceQuery,
  type TaskInstanceView,
} from "../platform.ts";
import { readAll, readOne } from "./port.ts";
import type { DagProjection } from "./projection.ts";
import { dagRuns } from "./sql/dag-runs.ts";
import { dagVersions } from "./sql/dag-versions.ts";
import { dags } from "./sql/dags.ts";
import { taskInstances } from "./sql/task-instances.ts";

export interface TaskInstanceId {
  readonly dagId: DagId;
  readonly runId: RunId;
  readonly taskId: TaskId;
  readonly mapIndex: number;
}

type Sources = Pick<Platform, "catalog" | "schedulers">;

/** For this long after its end, a run's rows may still be on their way to the catalog. */
const FLUSH_GRACE_MS = 60_000;

/** What authors wrote comes from the catalog, what changes by itself or by a click from the object. */
export function readDag(platform: Sources, dagId: DagId): Promise<DagProjection | null> {
  return withLiveDag(platform, dagId, readOne(platform.catalog, dags.get(dagId, null)));
}

/** As `readDag`, for who reads the row of the catalog together with other things. */
export async function withLiveDag(
  platform: Pick<Sources, "schedulers">,
  dagId: DagId,
  ofCatalog: Promise<DagProjection | null>,
): Promise<DagProjection | null> {
  const [row, view] = await Promise.all([
    ofCatalog,
    orElse<DagView | null | "unreachable">(
      () => platform.schedulers.get(dagId).dag(),
      async () => "unreachable",
    ),
  ]);
  if (view === "unreachable") return row;
  return view === null ? null : { ...(row ?? unflushedDag(dagId)), ...liveFields(view) };
}

export function readDagRun(platform: Sources, dagId: DagId, runId: RunId): Promise<DagRunView | null> {
  return orElse(
    () => platform.schedulers.get(dagId).run(runId),
    () => readOne(platform.catalog, dagRuns.get({ dagId, runId })),
  );
}

/** As the object has it, which alone knows what was just done to it. */
export function readBackfill(
  platform: Pick<Sources, "schedulers">,
  { dagId, id }: Pick<BackfillView, "dagId" | "id">,
  ofCatalog: () => Promise<BackfillView | null>,
): Promise<BackfillView | null> {
  return orElse(() => platform.schedulers.get(dagId).backfill(id), ofCatalog);
}

export const NOTHING_PLANNED: PlannedRuns = { dueAts: [], isCut: false };

/** Only the object knows its schedule; while it is unreachable, nothing is said to be planned. */
export async function readPlannedRuns(
  platform: Pick<Sources, "schedulers">,
  dagId: DagId,
  untilAt: number,
): Promise<PlannedRuns> {
  const planned = await orElse<PlannedRuns | null>(
    () => platform.schedulers.get(dagId).plannedRuns(untilAt),
    async () => null,
  );
  return planned ?? NOTHING_PLANNED;
}

/** Null also for a task whose instance does not exist yet; see `readTaskInstanceOrToBe`. */
export function readTaskInstance(platform: Sources, id: TaskInstanceId): Promise<TaskInstanceView | null> {
  const { runId, taskId, mapIndex } = id;
  return orElse(
    () => platform.schedulers.get(id.dagId).taskInstance({ runId, taskId, mapIndex }),
    () => readOne(platform.catalog, taskInstances.get(id)),
  );
}

/** As `readTaskInstance`, and a task of the run's version without an instance is one in the state `none`. */
export async function readTaskInstanceOrToBe(
  platform: Sources,
  run: DagRunView,
  id: TaskInstanceId,
): Promise<TaskInstanceView | null> {
  const instance = await readTaskInstance(platform, id);
  if (instance !== null || id.mapIndex !== -1) return instance;
  const spec = await readSpec(platform, run.dagId, run.versionNumber);
  const task = spec?.tasks.find(({ taskId }) => taskId === id.taskId);
  return task === undefined ? null : taskInstanceToBe(run, task);
}

/**
 * Task instances of a run that is live or ended just now, from the object; null for older runs, whose rows in the catalog
 * are complete, and while the object is unreachable.
 */
export async function readLiveTaskInstances(
  platform: Sources,
  run: DagRunView,
  now: number,
  query: TaskInstanceQuery,
): Promise<TaskInstancePage | null> {
  if (run.endAt !== null && now - run.endAt > FLUSH_GRACE_MS) return null;
  return readTaskInstances(platform, run, query);
}

/** As the object has them, also those that never came into being; null while it is unreachable. */
export function readTaskInstances(
  platform: Sources,
  run: DagRunView,
  query: TaskInstanceQuery,
): Promise<TaskInstancePage | null> {
  return orElse<TaskInstancePage | null>(
    () => platform.schedulers.get(run.dagId).taskInstances(run.runId, plain(query)),
    async () => null,
  );
}

/** What a call may carry: a query often comes with more than its own fields. */
function plain(query: TaskInstanceQuery): TaskInstanceQuery {
  const { taskId, mapIndex, states, pools, queues, executors, start, end, order, descending, offset, limit } = query;
  return { taskId, mapIndex, states, pools, queues, executors, start, end, order, descending, offset, limit };
}

/** The graph that a run is pinned to. */
export async function readSpec(platform: Sources, dagId: DagId, versionNumber: number): Promise<DagSpec | null> {
  const [version] = await readAll(platform.catalog, dagVersions.get(dagId, versionNumber));
  return version?.spec ?? null;
}

export function taskInstanceToBe(run: DagRunView, task: TaskSpec): TaskInstanceView {
  return {
    dagId: run.dagId,
    runId: run.runId,
    taskId: task.taskId,
    mapIndex: -1,
    instanceName: null,
    state: "none",
    tryNumber: 0,
    maxTries: task.retries,
    queuedAt: null,
    startAt: null,
    endAt: null,
    nextRetryAt: null,
    pool: task.pool,
    poolSlots: task.poolSlots,
    priorityWeight: task.priorityWeight,
    executor: task.executor,
    queue: task.queue,
    bundleId: null,
    reason: null,
    error: null,
    logChunkCount: 0,
    note: null,
    token: 0,
    version: 0,
  };
}

async function orElse<T>(ask: () => Promise<T>, instead: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PlatformError && error.retryable) return instead();
    throw error;
  }
}

function liveFields(view: DagView) {
  const { isPaused, isRetired, hasImportError, versionNumber, nextRunAfterAt, nextLogicalAt, nextWakeAt, version } =
    view;
  return { isPaused, isRetired, hasImportError, versionNumber, nextRunAfterAt, nextLogicalAt, nextWakeAt, version };
}

/** A DAG whose first flush is still on its way: known to exist, its texts not yet. */
function unflushedDag(dagId: DagId): Omit<DagProjection, keyof ReturnType<typeof liveFields>> {
  return {
    dagId,
    description: null,
    owner: "",
    tags: [],
    scheduleText: null,
    timezone: null,
    maxActiveRuns: 16,
    maxActiveTasks: null,
    filePath: "",
  };
}
