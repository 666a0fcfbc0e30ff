/**
 * What the generator writes before each build and the Worker is started with: every file of `dags/`, either as the DAG it
 * defines or as the error that kept it from loading. The Worker imports it as `#manifest`.
 */
import type { DagDefinition } from "../dag/definition.ts";
import type { DagSpec } from "../dag/spec.ts";

export interface Manifest {
  /** Hash of all that the entries say but the parse times: two builds of the same files have the same. */
  readonly bundleId: string;
  /** In order of file name. */
  readonly entries: readonly ManifestEntry[];
}

interface ManifestFile {
  /** From the root of the project, e.g. `dags/seattle_weather.ts`. */
  readonly filePath: string;
  /** Hash of the file and of the files of the project that it imports. */
  readonly sourceHash: string;
  /** Text of the file itself. */
  readonly source: string;
  /** How long importing it took; 0 when it could not be compiled. */
  readonly parseMs: number;
}

export interface LoadedFile extends ManifestFile {
  readonly ok: true;
  readonly spec: DagSpec;
  readonly specHash: string;
  /** JSON of what pages show of it; the generator makes it, a bundle made by hand may do without. */
  readonly display?: string;
  readonly definition: DagDefinition;
}

export interface FailedFile extends ManifestFile {
  readonly ok: false;
  readonly error: FileError;
}

export interface FileError {
  readonly name: string;
  readonly message: string;
  /** The whole text for people: name, message and where; paths from the root of the project. */
  readonly stack: string;
}

export type ManifestEntry = LoadedFile | FailedFile;
