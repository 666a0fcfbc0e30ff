/** Writes the manifest as a module: the entries as JSON, beside the imports of the files that loaded. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import type { FailedFile, LoadedFile } from "../../src/bundle/manifest.ts";

/** An entry before the module that imports its code exists. */
export type PlainEntry = FailedFile | Omit<LoadedFile, "definition">;

export function renderManifest(
  bundleId: string,
  entries: readonly PlainEntry[],
  importPath: (filePath: string) => string,
): string {
  const imports: string[] = [];
  const items = entries.map((entry, index) => {
    // JSON inside a string: engines parse it faster than an object literal, and brands need no casts.
    const json = `JSON.parse(${JSON.stringify(JSON.stringify(entry))})`;
    if (!entry.ok) return `  ${json},`;
    imports.push(`import dag${index} from ${JSON.stringify(importPath(entry.filePath))};`);
    return `  { ...${json}, definition: dag${index} },`;
  });
  return [
    "// Made by workers/node/manifest.ts from the files of dags/. Changes here are lost at the next build.",
    ...imports,
    "",
    `export const bundleId = ${JSON.stringify(bundleId)};`,
    "const entries = [",
    ...items,
    "];",
    "export const manifest = { bundleId, entries };",
    "",
  ].join("\n");
}

/**
 * Writes the module unless it says the same already, which watchers would take for a change. Parse times differ from
 * run to run and are no change. Returns whether it wrote.
 */
export async function writeManifest(file: string, text: string): Promise<boolean> {
  const present = await readFile(file, "utf8").catch(() => null);
  if (present !== null && withoutParseTimes(present) === withoutParseTimes(text)) return false;
  await mkdir(dirname(file), { recursive: true });
  // In one step, so that a build that runs meanwhile reads the old one or the new one.
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  return true;
}

function withoutParseTimes(text: string): string {
  return text.replaceAll(/\\"parseMs\\":\d+/g, "");
}

export function importPathFrom(folder: string, file: string): string {
  const path = relative(folder, file).split(sep).join("/");
  return path.startsWith(".") ? path : `./${path}`;
}
