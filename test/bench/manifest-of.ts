/** What the generator would write for DAGs that no file defines. */
import type { LoadedFile, Manifest } from "../../src/bundle/manifest.ts";
import type { DagDefinition } from "../../src/dag/definition.ts";
import { canonicalJson } from "../../src/lib/json.ts";
import { sha1 } from "../../src/lib/sha1.ts";

export function manifestOf(bundleId: string, all: readonly DagDefinition[]): Manifest {
  return { bundleId, entries: all.map(loaded) };
}

function loaded(definition: DagDefinition): LoadedFile {
  const { dagId } = definition.spec;
  const specHash = sha1(canonicalJson(definition.spec));
  const source = `// The source of "${dagId}".`;
  const filePath = `dags/${dagId}.ts`;
  return { ok: true, filePath, source, sourceHash: specHash, parseMs: 1, spec: definition.spec, specHash, definition };
}
