/** Entries of a manifest and what a scheduler was told of them, with defaults that agree with each other. */
import type { FailedFile, LoadedFile, Manifest, ManifestEntry } from "../../src/bundle/manifest.ts";
import type { KnownDag } from "../../src/bundle/plan-sync.ts";
import type { DagId } from "../../src/dag/ids.ts";
import type { DagSpec } from "../../src/dag/spec.ts";

export function dagSpec(dagId: string): DagSpec {
  return {
    v: 1,
    dagId: dagId as DagId,
    description: null,
    docs: null,
    owner: "updraft",
    tags: [],
    schedule: { type: "manual" },
    startAt: null,
    endAt: null,
    catchup: false,
    maxActiveRuns: 16,
    maxActiveTasks: null,
    dagRunTimeoutMs: null,
    isPausedUponCreation: false,
    params: null,
    tasks: [],
    groups: [],
  };
}

export function loadedFile(dagId: string, given: Partial<LoadedFile> = {}): LoadedFile {
  const spec = dagSpec(dagId);
  return {
    filePath: `dags/${dagId}.ts`,
    sourceHash: `source-${dagId}`,
    source: `text of ${dagId}`,
    parseMs: 5,
    ok: true,
    spec,
    specHash: `spec-${dagId}`,
    definition: { spec, functions: {}, hooks: { tasks: {}, groups: {}, callbacks: {}, deadlines: [] } },
    ...given,
  };
}

export function failedFile(filePath: string, message = "boom"): FailedFile {
  const error = { name: "Error", message, stack: `Error: ${message}\n    at <anonymous> (${filePath}:1:1)` };
  return { filePath, sourceHash: "source", source: "text", parseMs: 7, ok: false, error };
}

export function manifestOf(...entries: readonly ManifestEntry[]): Manifest {
  return { bundleId: "bundle-1", entries };
}

export function knownDag(dagId: string, given: Partial<KnownDag> = {}): KnownDag {
  return {
    dagId: dagId as DagId,
    filePath: `dags/${dagId}.ts`,
    specHash: `spec-${dagId}`,
    sourceHash: `source-${dagId}`,
    hasImportError: false,
    isRetired: false,
    ...given,
  };
}
