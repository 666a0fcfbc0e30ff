/**
 * The DAG processor: compiles each file of dags/, imports it in a process of its own, and writes what it found (specs,
 * hashes, errors) as `.updraft/manifest.ts`, the module `#manifest` of the Worker. wrangler runs it before each build.
 * A file that fails is named and left out, the others go on. What did not change since the last time is not imported
 * again, and the module is not written when it says the same.
 *
 * node workers/node/manifest.ts [--dags DIR] [--out DIR] [--limit-ms N]
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { stop } from "esbuild";
import type { FileError } from "../../src/bundle/manifest.ts";
import type { DagSpec } from "../../src/dag/spec.ts";
import { inParallel } from "../../src/lib/in-parallel.ts";
import { canonicalJson } from "../../src/lib/json.ts";
import { compileDag, hash } from "./manifest-compile.ts";
import { makeDisplay } from "./manifest-display.ts";
import { type ImportResult, importCompiled } from "./manifest-import.ts";
import { importPathFrom, type PlainEntry, renderManifest, writeManifest } from "./manifest-module.ts";
import { becomeLatestRun } from "./manifest-run.ts";

const projectRoot = join(import.meta.dirname, "../..");

interface Options {
  readonly dagsFolder: string;
  readonly outFolder: string;
  readonly limitMs: number;
}

/** An entry with the hash of the code that it stands for. */
interface Processed {
  readonly entry: PlainEntry;
  readonly codeHash: string;
  /** Name of its cache file, if it has one. */
  readonly cacheKey: string | null;
}

async function main(options: Options): Promise<void> {
  const run = becomeLatestRun(options.outFolder);
  const files = await listDagFiles(options.dagsFolder);
  const cacheFolder = join(options.outFolder, "cache");
  await mkdir(cacheFolder, { recursive: true });
  const generator = await hashGenerator();
  const processed = await inParallel(files, availableParallelism(), (file) =>
    processFile(file, { ...options, cacheFolder, generator }),
  );
  await stop();
  const entries = refuseRepeatedIds(processed.map(({ entry }) => entry));
  const bundleId = hashBundle(entries, processed);
  const text = renderManifest(bundleId, entries, (filePath) =>
    importPathFrom(options.outFolder, join(dirname(options.dagsFolder), filePath)),
  );
  run.endIfSuperseded();
  await writeManifest(join(options.outFolder, "manifest.ts"), text);
  await sweepCache(cacheFolder, processed);
  for (const entry of entries) {
    if (!entry.ok) console.error(`${entry.filePath}: ${entry.error.name}: ${firstLine(entry.error.message)}`);
  }
}

/** What was found by another generator, or on another Node, is found anew. */
async function hashGenerator(): Promise<string> {
  const files = ["manifest-child.ts", "manifest-import.ts", "manifest-watchdog.ts"];
  const texts = await Promise.all(files.map((name) => readFile(join(import.meta.dirname, name), "utf8")));
  return hash([process.version, ...texts].join("\n"));
}

async function listDagFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new Error(`Cannot read the folder of DAGs "${folder}": create it, or name another with --dags`, {
      cause: error,
    });
  });
  return names
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts") && !name.endsWith(".test.ts"))
    .sort()
    .map((name) => join(folder, name));
}

async function processFile(
  file: string,
  options: Options & { readonly cacheFolder: string; readonly generator: string },
): Promise<Processed> {
  const root = dirname(options.dagsFolder);
  const compiled = await compileDag({ file, root, outputFolder: options.cacheFolder });
  const common = {
    filePath: importPathFrom(root, file).replace("./", ""),
    sourceHash: compiled.sourceHash,
    source: compiled.source,
  };
  if (!compiled.output.ok) {
    const entry = { ...common, parseMs: 0, ok: false, error: withoutRoot(compiled.output.error, root) } as const;
    return { entry, codeHash: "", cacheKey: null };
  }
  const { code } = compiled.output;
  const cacheKey = hash(`${options.generator} ${options.limitMs}\n${code}`);
  const { parseMs, ...result } = await importCached(cacheKey, code, options);
  const entry = result.ok
    ? ({ ...common, parseMs, ok: true, ...readSpec(result.specText, compiled.source) } as const)
    : ({ ...common, parseMs, ok: false, error: withoutRoot(result.error, root) } as const);
  // Where the code comes from is not part of what it is.
  return { entry, codeHash: hash(code.replace(/\n\/\/# sourceMappingURL=.*/, "")), cacheKey };
}

function readSpec(specText: string, source: string) {
  const spec: DagSpec = JSON.parse(specText);
  return { spec, specHash: hash(canonicalJson(spec)), display: makeDisplay(spec, source) };
}

/** By the hash of the compiled code, so that the same code is imported once, also when it never ends. */
async function importCached(
  key: string,
  code: string,
  { cacheFolder, limitMs }: { readonly cacheFolder: string; readonly limitMs: number },
): Promise<ImportResult> {
  const cached = await readFile(join(cacheFolder, `${key}.json`), "utf8").catch(() => null);
  if (cached !== null) return JSON.parse(cached);
  // Named after the process: another generator may be at the same code.
  const compiledFile = join(cacheFolder, `${key}.${process.pid}.mjs`);
  await writeFile(compiledFile, code);
  const result = await importCompiled(compiledFile, { limitMs });
  await rm(compiledFile, { force: true });
  await writeFile(join(cacheFolder, `${key}.json`), JSON.stringify(result));
  return result;
}

/** The first file by name keeps the id. */
function refuseRepeatedIds(entries: readonly PlainEntry[]): readonly PlainEntry[] {
  const firstFiles = new Map<string, string>();
  return entries.map((entry) => {
    if (!entry.ok) return entry;
    const first = firstFiles.get(entry.spec.dagId);
    if (first === undefined) {
      firstFiles.set(entry.spec.dagId, entry.filePath);
      return entry;
    }
    const message = `Cannot load DAG "${entry.spec.dagId}": ${first} defines it already; give one of them another id`;
    const { filePath, sourceHash, source, parseMs } = entry;
    const error = { name: "DuplicateDagError", message, stack: `DuplicateDagError: ${message}` };
    return { filePath, sourceHash, source, parseMs, ok: false, error };
  });
}

function hashBundle(entries: readonly PlainEntry[], processed: readonly Processed[]): string {
  const parts = entries.map((entry, index) => {
    const outcome = entry.ok ? entry.specHash : entry.error.stack;
    return [entry.filePath, entry.sourceHash, processed[index]?.codeHash, entry.ok, outcome];
  });
  return hash(canonicalJson(parts)).slice(0, 16);
}

/** Messages are the same on every machine, and show what the author knows as paths. */
function withoutRoot(error: FileError, root: string): FileError {
  const relative = (text: string) =>
    text
      .replaceAll(`file://${root}/`, "")
      .replaceAll(`${root}/`, "")
      .replaceAll(`file://${projectRoot}/`, "")
      .replaceAll(`${projectRoot}/`, "");
  const frames = error.stack.split("\n").filter((line) => !/^ +at .*(node:internal|manifest-child\.ts)/.test(line));
  return { name: error.name, message: relative(error.message), stack: relative(frames.join("\n")) };
}

async function sweepCache(folder: string, processed: readonly Processed[]): Promise<void> {
  const used = new Set(processed.map(({ cacheKey }) => `${cacheKey}.json`));
  const stale = (await readdir(folder)).filter((name) => name.endsWith(".json") && !used.has(name));
  await Promise.all(stale.map((name) => rm(join(folder, name), { force: true })));
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}

const { values } = parseArgs({
  options: {
    dags: { type: "string", default: join(projectRoot, "dags") },
    out: { type: "string", default: join(projectRoot, ".updraft") },
    "limit-ms": { type: "string", default: "30000" },
  },
});
// Ends by `exit`, so that the children end too.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

try {
  await main({
    dagsFolder: resolve(values.dags),
    outFolder: resolve(values.out),
    limitMs: Number(values["limit-ms"]),
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
