/**
 * Writes a projection so that one bad row cannot hold up the rest. First all of it in a few batches; when the catalog
 * refuses a batch for good, halves are tried until the culprit stands alone, which is recorded in `projection_error`. An
 * error that may pass is thrown, for the caller to come again later: whatever was written is harmless to write again.
 */
import { PlatformError } from "../platform.ts";
import { utf8Bytes } from "./limits.ts";
import type { Catalog, Statement } from "./port.ts";
import { emptyProjection, type Projection, projectionStatements } from "./projection.ts";
import { projectionErrors } from "./sql/projection-errors.ts";

/** Below the limit of one call, so that a batch still fits with its statements' text and the driver's wrapping. */
const BATCH_BYTES = 4_000_000;
const MESSAGE_LENGTH = 2_000;

/** One row of a projection: what it takes to write it alone, and to name it when that fails. */
export interface ProjectionRow {
  readonly tableName: string;
  /** JSON of the row's key. */
  readonly rowKey: string;
  /** Empty for what belongs to no DAG. */
  readonly dagId: string;
  readonly version: number;
  readonly part: Partial<Projection>;
}

/** Returns the rows that were refused for good; they are recorded, and lost to the catalog until their next version. */
export async function writeProjection(
  catalog: Catalog,
  projection: Projection,
  now: number,
): Promise<{ readonly refused: readonly ProjectionRow[] }> {
  try {
    for (const batch of projectionBatches(projection, now)) await catalog.write(batch);
    return { refused: [] };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { refused: await bisect(catalog, projectionRows(projection), now) };
  }
}

/** The statements of a projection in batches of a bounded size, to be written in order. */
export function projectionBatches(projection: Projection, now: number): readonly (readonly Statement[])[] {
  const batches: Statement[][] = [];
  let room = 0;
  for (const statement of projectionStatements(projection, now)) {
    const bytes = statement.params.reduce<number>(
      (sum, param) => sum + (typeof param === "string" ? utf8Bytes(param) : 8),
      0,
    );
    const last = batches.at(-1);
    if (last === undefined || bytes > room) {
      batches.push([statement]);
      room = BATCH_BYTES - bytes;
    } else {
      last.push(statement);
      room -= bytes;
    }
  }
  return batches;
}

async function bisect(
  catalog: Catalog,
  rows: readonly ProjectionRow[],
  now: number,
): Promise<readonly ProjectionRow[]> {
  try {
    for (const batch of projectionBatches(joinRows(rows), now)) await catalog.write(batch);
    return [];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const [culprit] = rows;
    if (rows.length === 1 && culprit !== undefined) {
      await catalog.write([projectionErrorStatement(culprit, error, now)]);
      return [culprit];
    }
    const middle = Math.ceil(rows.length / 2);
    const refused = await bisect(catalog, rows.slice(0, middle), now);
    return [...refused, ...(await bisect(catalog, rows.slice(middle), now))];
  }
}

export function projectionErrorStatement(row: ProjectionRow, error: unknown, now: number): Statement {
  const message = error instanceof Error ? error.message : String(error);
  const { dagId, tableName, rowKey, version } = row;
  return projectionErrors.upsert({
    dagId,
    tableName,
    rowKey,
    at: now,
    message: message.slice(0, MESSAGE_LENGTH),
    version,
  });
}

/** Every row of the projection by itself, in the order in which they are written. */
export function projectionRows(projection: Projection): readonly ProjectionRow[] {
  const { dag, behind, deletedDag } = projection;
  const row = (
    tableName: string,
    key: readonly (string | number)[],
    of: { readonly dagId: string | null; readonly version?: number },
    part: Partial<Projection>,
  ): ProjectionRow => ({
    tableName,
    rowKey: JSON.stringify(key),
    dagId: of.dagId ?? "",
    version: of.version ?? 0,
    part,
  });
  return [
    ...(dag === null ? [] : [row("dag", [dag.dagId], dag, { dag })]),
    ...projection.versions.map((it) => row("dag_version", [it.dagId, it.versionNumber], it, { versions: [it] })),
    ...projection.dagRuns.map((it) => row("dag_run", [it.dagId, it.runId], it, { dagRuns: [it] })),
    ...projection.taskInstances.map((it) =>
      row("task_instance", [it.dagId, it.runId, it.taskId, it.mapIndex], it, { taskInstances: [it] }),
    ),
    ...projection.tries.map((it) =>
      row("task_instance_history", [it.dagId, it.runId, it.taskId, it.mapIndex, it.tryNumber], it, { tries: [it] }),
    ),
    ...projection.xcoms.map((it) =>
      row("xcom", [it.dagId, it.runId, it.taskId, it.mapIndex, it.key], it, { xcoms: [it] }),
    ),
    ...(projection.callbacks ?? []).map((it) =>
      row("callback", [it.dagId, it.runId, it.callbackId], it, { callbacks: [it] }),
    ),
    ...(projection.backfills ?? []).map((it) => row("backfill", [it.dagId, it.id], it, { backfills: [it] })),
    ...projection.events.map((it) => row("event_log", [it.eventId], it, { events: [it] })),
    ...projection.jobs.map((it) => row("job", [it.jobId], it, { jobs: [it] })),
    ...projection.deletedRuns.map((it) => row("dag_run", [it.dagId, it.runId], it, { deletedRuns: [it] })),
    ...(behind ? [row("dag", [behind.dagId], behind, { behind })] : []),
    ...(deletedDag ? [row("dag", [deletedDag.dagId], deletedDag, { deletedDag })] : []),
  ];
}

function joinRows(rows: readonly ProjectionRow[]): Projection {
  const parts = rows.map((row) => row.part);
  const behind = parts.find((part) => part.behind)?.behind;
  return {
    ...emptyProjection(),
    dag: parts.find((part) => part.dag)?.dag ?? null,
    versions: parts.flatMap((part) => part.versions ?? []),
    dagRuns: parts.flatMap((part) => part.dagRuns ?? []),
    taskInstances: parts.flatMap((part) => part.taskInstances ?? []),
    tries: parts.flatMap((part) => part.tries ?? []),
    xcoms: parts.flatMap((part) => part.xcoms ?? []),
    callbacks: parts.flatMap((part) => part.callbacks ?? []),
    backfills: parts.flatMap((part) => part.backfills ?? []),
    events: parts.flatMap((part) => part.events ?? []),
    jobs: parts.flatMap((part) => part.jobs ?? []),
    deletedRuns: parts.flatMap((part) => part.deletedRuns ?? []),
    ...(behind === undefined ? {} : { behind }),
    deletedDag: parts.find((part) => part.deletedDag)?.deletedDag ?? null,
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof PlatformError && !error.retryable;
}
