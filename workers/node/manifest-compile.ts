/**
 * Compiles one DAG file as the Worker's build will: one module for a runtime without Node, with everything it imports in
 * it. What the build could not resolve or parse is found here, in one file, instead of there, for all.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { build, formatMessages, type Message } from "esbuild";
import type { FileError } from "../../src/bundle/manifest.ts";

const projectRoot = join(import.meta.dirname, "../..");

export interface CompileOptions {
  /** Absolute path of the DAG file. */
  readonly file: string;
  /** Paths in messages start here. */
  readonly root: string;
  /** Where the result will lie: its source map leads from there to the source. */
  readonly outputFolder: string;
}

export interface Compiled {
  readonly sourceHash: string;
  readonly source: string;
  readonly output: { readonly ok: true; readonly code: string } | { readonly ok: false; readonly error: FileError };
}

export async function compileDag({ file, root, outputFolder }: CompileOptions): Promise<Compiled> {
  const source = await readFile(file, "utf8");
  try {
    const result = await build({
      absWorkingDir: root,
      alias: { updraft: join(projectRoot, "src/dag/index.ts") },
      bundle: true,
      conditions: ["workerd", "worker", "browser"],
      define: { "process.env.NODE_ENV": '"production"', "navigator.userAgent": '"Cloudflare-Workers"' },
      entryPoints: [file],
      format: "esm",
      legalComments: "none",
      logLevel: "silent",
      metafile: true,
      outfile: join(outputFolder, "dag.mjs"),
      platform: "browser",
      sourcemap: "inline",
      sourcesContent: false,
      target: "es2024",
      write: false,
    });
    const code = result.outputFiles[0]?.text ?? "";
    const sourceHash = await hashSources(Object.keys(result.metafile.inputs), { file, root, source });
    return { source, sourceHash, output: { ok: true, code } };
  } catch (error) {
    const messages = compilerMessages(error);
    if (messages === null) throw error;
    return { source, sourceHash: hash(source), output: { ok: false, error: await describe(messages) } };
  }
}

/** The file, and what it imports from the project's own folder of DAGs; the library and packages have versions of their own. */
async function hashSources(
  inputs: readonly string[],
  of: { file: string; root: string; source: string },
): Promise<string> {
  const own = relative(of.root, join(of.file, "..")).split(sep).join("/");
  const main = relative(of.root, of.file).split(sep).join("/");
  const others = inputs.filter(
    (path) => path.startsWith(`${own}/`) && path !== main && !path.includes("node_modules/"),
  );
  if (others.length === 0) return hash(of.source);
  const parts = await Promise.all(
    others.sort().map(async (path) => `${path} ${hash(await readFile(join(of.root, path), "utf8"))}`),
  );
  return hash([hash(of.source), ...parts].join("\n"));
}

export function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function compilerMessages(error: unknown): readonly Message[] | null {
  if (!(error instanceof Error) || !("errors" in error) || !Array.isArray(error.errors)) return null;
  return error.errors;
}

async function describe(messages: readonly Message[]): Promise<FileError> {
  const [first] = messages;
  const text = first?.text ?? "the compiler gave no reason";
  const name = text.startsWith("Could not resolve") ? "ModuleNotFoundError" : "SyntaxError";
  const place = first?.location ? ` (${first.location.file}:${first.location.line}:${first.location.column})` : "";
  const message = `${text}${place}`;
  const formatted = await formatMessages([...messages], { kind: "error", color: false, terminalWidth: 100 });
  return { name, message, stack: `${name}: ${message}\n\n${formatted.join("").trimEnd()}` };
}
