/**
 * What has to change so that the schedulers agree with a manifest, given what they were told before: a pure comparison.
 * A file that fails keeps its DAG as it was, without new scheduled runs; a DAG whose file is gone, or defines another DAG
 * now, is retired; a DAG that comes back or is mended is pushed whole.
 */
import type { DagId } from "../dag/ids.ts";
import type { LoadedFile, Manifest } from "./manifest.ts";

/** A DAG as its scheduler was last told it. */
export interface KnownDag {
  readonly dagId: DagId;
  readonly filePath: string;
  /** Null when that is not remembered: it is pushed again, which changes nothing if it is the same. */
  readonly specHash: string | null;
  readonly sourceHash: string | null;
  readonly hasImportError: boolean;
  readonly isRetired: boolean;
}

export interface SyncPlan {
  readonly push: readonly LoadedFile[];
  readonly markFailed: readonly KnownDag[];
  readonly retire: readonly KnownDag[];
}

export function planSync(manifest: Manifest, known: readonly KnownDag[]): SyncPlan {
  const knownById = new Map(known.map((dag) => [dag.dagId, dag]));
  const loaded = manifest.entries.filter((entry) => entry.ok);
  const loadedIds = new Set(loaded.map(({ spec }) => spec.dagId));
  const failedPaths = new Set(manifest.entries.filter((entry) => !entry.ok).map(({ filePath }) => filePath));
  const left = known.filter((dag) => !dag.isRetired && !loadedIds.has(dag.dagId));
  return {
    push: loaded.filter((file) => isNews(file, knownById.get(file.spec.dagId))),
    markFailed: left.filter((dag) => failedPaths.has(dag.filePath) && !dag.hasImportError),
    retire: left.filter((dag) => !failedPaths.has(dag.filePath)),
  };
}

function isNews(file: LoadedFile, known: KnownDag | undefined): boolean {
  return (
    known === undefined ||
    known.hasImportError ||
    known.isRetired ||
    known.specHash !== file.specHash ||
    known.sourceHash !== file.sourceHash ||
    known.filePath !== file.filePath
  );
}
