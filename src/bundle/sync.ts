/**
 * Brings catalog and schedulers to what the manifest says: migrates the catalog, pushes what changed to each DAG's
 * scheduler, records the files that fail. Resumable: each step is remembered once its scheduler has accepted it and is
 * harmless when repeated, so after a failure the next call does what is left. One DAG that cannot be reached does not
 * hold up the others.
 */
import type { JobProjection } from "../catalog/projection.ts";
import type { DagId } from "../dag/ids.ts";
import { inParallel } from "../lib/in-parallel.ts";
import { type Clock, PlatformError, type SchedulerClient } from "../platform.ts";
import type { FailedFile, LoadedFile, Manifest } from "./manifest.ts";
import { type KnownDag, planSync, type SyncPlan } from "./plan-sync.ts";

/** Row of `import_error`. */
export interface ImportErrorRecord {
  readonly filePath: string;
  readonly bundleId: string;
  readonly dagId: DagId | null;
  readonly at: number;
  readonly stacktrace: string;
}

/** What a sync needs of the catalog. */
export interface BundleStore {
  migrate(now: number): Promise<unknown>;
  listDags(): Promise<readonly Pick<KnownDag, "dagId" | "filePath" | "hasImportError" | "isRetired">[]>;
  /** Afterwards these are the only ones. */
  replaceImportErrors(errors: readonly ImportErrorRecord[]): Promise<void>;
  writeJob(job: JobProjection): Promise<void>;
  /** Those that are not there yet; what no version needs any more goes. */
  writeDisplays(displays: readonly DisplayRecord[]): Promise<void>;
}

/** Row of `version_display`. */
export interface DisplayRecord {
  readonly dagId: DagId;
  readonly sourceHash: string;
  readonly specHash: string;
  readonly display: string;
}

/** What was pushed and accepted, kept across restarts. */
export interface SyncMemory {
  read(): Promise<readonly KnownDag[]>;
  write(dag: KnownDag): Promise<void>;
}

export type BundleScheduler = Pick<SchedulerClient, "sync" | "setImportError" | "retire">;

export interface SyncPorts {
  readonly manifest: Manifest;
  readonly store: BundleStore;
  readonly memory: SyncMemory;
  readonly schedulers: { get(dagId: DagId): BundleScheduler };
  readonly clock: Clock;
}

export interface SyncResult {
  readonly bundleId: string;
  readonly dagCount: number;
  readonly importErrorCount: number;
}

/** Calls under way at once: enough to hide their latency, few enough for the connection limit of one Worker invocation. */
const concurrency = 6;

interface Step {
  readonly dagId: DagId;
  readonly call: (scheduler: BundleScheduler) => Promise<unknown>;
  /** What is remembered once the call has succeeded. */
  readonly after: KnownDag;
}

interface StepFailure {
  readonly dagId: DagId;
  readonly error: unknown;
}

export async function syncBundle(ports: SyncPorts): Promise<SyncResult> {
  const { manifest, store, memory, clock } = ports;
  const startAt = clock.now();
  await store.migrate(startAt);
  const known = mergeKnown(await store.listDags(), await memory.read());
  const plan = planSync(manifest, known);
  const failures = await perform(stepsOf(plan, manifest.bundleId), ports);
  const failed = manifest.entries.filter((entry) => !entry.ok);
  await store.replaceImportErrors(failed.map((entry) => importErrorOf(entry, manifest.bundleId, known, startAt)));
  await store.writeDisplays(displaysOf(manifest));
  await store.writeJob(jobOf(manifest, { plan, failures, startAt, endAt: clock.now() }));
  if (failures.length > 0) throw syncError(failures);
  return {
    bundleId: manifest.bundleId,
    dagCount: manifest.entries.length - failed.length,
    importErrorCount: failed.length,
  };
}

/**
 * The catalog's list with what is remembered of each DAG. A DAG that the catalog does not list was deleted, or its row
 * is still under way: its definition counts as unknown, so that a deleted DAG whose file is there comes back.
 */
function mergeKnown(
  listed: Awaited<ReturnType<BundleStore["listDags"]>>,
  remembered: readonly KnownDag[],
): readonly KnownDag[] {
  const byId = new Map(remembered.map((dag) => [dag.dagId, { ...dag, specHash: null, sourceHash: null } as KnownDag]));
  const memoryById = new Map(remembered.map((dag) => [dag.dagId, dag]));
  for (const dag of listed) {
    byId.set(dag.dagId, memoryById.get(dag.dagId) ?? { ...dag, specHash: null, sourceHash: null });
  }
  return [...byId.values()];
}

function stepsOf(plan: SyncPlan, bundleId: string): readonly Step[] {
  return [
    ...plan.push.map((file) => pushStep(file, bundleId)),
    ...plan.markFailed.map((dag) => ({
      dagId: dag.dagId,
      call: (scheduler: BundleScheduler) => scheduler.setImportError(true),
      after: { ...dag, hasImportError: true },
    })),
    ...plan.retire.map((dag) => ({
      dagId: dag.dagId,
      call: (scheduler: BundleScheduler) => scheduler.retire(),
      after: { ...dag, isRetired: true },
    })),
  ];
}

function pushStep({ spec, specHash, sourceHash, source, filePath }: LoadedFile, bundleId: string): Step {
  const { dagId } = spec;
  return {
    dagId,
    call: (scheduler) =>
      scheduler.sync({ spec, specHash, sourceHash, source, filePath, bundleId, hasImportError: false }),
    after: { dagId, filePath, specHash, sourceHash, hasImportError: false, isRetired: false },
  };
}

async function perform(steps: readonly Step[], { schedulers, memory }: SyncPorts): Promise<readonly StepFailure[]> {
  const failures: StepFailure[] = [];
  await inParallel(steps, concurrency, async ({ dagId, call, after }) => {
    try {
      await call(schedulers.get(dagId));
      await memory.write(after);
    } catch (error) {
      failures.push({ dagId, error });
    }
  });
  return failures;
}

/** After the pushes: a version that was never run has been overwritten by then. */
function displaysOf({ entries }: Manifest): readonly DisplayRecord[] {
  return entries.flatMap((entry) => {
    if (!entry.ok || entry.display === undefined) return [];
    const { spec, sourceHash, specHash, display } = entry;
    return [{ dagId: spec.dagId, sourceHash, specHash, display }];
  });
}

function importErrorOf(
  { filePath, error }: FailedFile,
  bundleId: string,
  known: readonly KnownDag[],
  at: number,
): ImportErrorRecord {
  const dag = known.find((one) => one.filePath === filePath && !one.isRetired);
  return { filePath, bundleId, dagId: dag?.dagId ?? null, at, stacktrace: error.stack };
}

/** One row per bundle: a sync that finds nothing to do only shows that it was done. */
function jobOf(
  { bundleId, entries }: Manifest,
  done: { plan: SyncPlan; failures: readonly StepFailure[]; startAt: number; endAt: number },
): JobProjection {
  const extra = {
    bundleId,
    pushed: done.plan.push.map(({ spec }) => spec.dagId),
    markedFailed: done.plan.markFailed.map(({ dagId }) => dagId),
    retired: done.plan.retire.map(({ dagId }) => dagId),
    failures: done.failures.map(({ dagId, error }) => ({ dagId, message: messageOf(error) })),
    files: entries.map(({ filePath, parseMs, ok }) => ({ filePath, parseMs, ok })),
  };
  return {
    jobId: `dag-processor-${bundleId}`,
    jobType: "DagProcessorJob",
    dagId: null,
    state: done.failures.length === 0 ? "success" : "failed",
    startAt: done.startAt,
    endAt: done.endAt,
    latestHeartbeatAt: done.endAt,
    extra: JSON.stringify(extra),
  };
}

function syncError(failures: readonly StepFailure[]): PlatformError {
  const [first, ...others] = failures;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const message = `Cannot sync DAG "${first?.dagId}"${more}: ${messageOf(first?.error)}; the next sync tries again`;
  return new PlatformError("sync_failed", message, { retryable: true, cause: first?.error });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
