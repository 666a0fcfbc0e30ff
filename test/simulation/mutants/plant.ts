/**
 * Plants one bug: while modules of `src/` are loaded, one exact piece of one file's text is replaced. Nothing of it is in
 * the source, and a piece that is not there, or there twice, is an error: a mutant that plants nothing proves nothing.
 */
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MUTANTS } from "./list.ts";

const ROOT = join(import.meta.dirname, "../../..");

export function plant(name: string): void {
  const mutant = MUTANTS.find((each) => each.name === name);
  if (mutant === undefined) throw new Error(`There is no mutant "${name}"`);
  const path = join(ROOT, mutant.file);
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith("file:") || fileURLToPath(url) !== path) return loaded;
      const text =
        typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source as ArrayBuffer);
      return { ...loaded, source: replaceOnce(text, mutant.from, mutant.to, name) };
    },
  });
}

export function replaceOnce(text: string, from: string, to: string, name: string): string {
  const count = text.split(from).length - 1;
  if (count !== 1) throw new Error(`Mutant "${name}": its text is ${count} times in the file, expected once: ${from}`);
  return text.replace(from, () => to);
}
