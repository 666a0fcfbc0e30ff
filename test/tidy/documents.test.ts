/** What the documents say of the tree must be true of it. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import metadata from "../../package.json" with { type: "json" };
import { compileDag } from "../../workers/node/manifest-compile.ts";
import { importCompiled } from "../../workers/node/manifest-import.ts";
import { readSource, root } from "./source-tree.ts";

const documents = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(readSource);
const folder = mkdtempSync(join(tmpdir(), "updraft-readme-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].flatMap((match) => match[1] ?? []);
}

/** Paths in backticks; those with a placeholder name no file. */
function pathsIn(text: string): readonly string[] {
  return matches(text, /`((?:src|workers|test|public|migrations|dags)\/[^`\s]*)`/g).filter(
    (path) => !/[<*…]/.test(path),
  );
}

describe.each(documents)("$path", ({ path, text }) => {
  test("names only files that exist", () => {
    // The example that the reader is asked to write.
    const missing = pathsIn(text).filter((one) => one !== "dags/hello.ts" && !existsSync(join(root, one)));
    expect(missing).toEqual([]);
  });

  test("names only scripts that exist", () => {
    const scripts = matches(text, /npm run ([a-z-]+)/g).filter((name) => !Object.hasOwn(metadata.scripts, name));
    expect(scripts).toEqual([]);
  });

  test("links only to files that exist", () => {
    const links = matches(text, /\]\((?!https?:)([^)#]+)\)/g).filter((link) => !existsSync(join(root, link)));
    expect(links).toEqual([]);
  });

  test("shows only DAGs that load", async () => {
    for (const [index, source] of matches(text, /```ts\n([\s\S]*?)```/g).entries()) {
      const file = join(folder, `${path}-${index}.ts`);
      writeFileSync(file, source);
      const { output } = await compileDag({ file, root: folder, outputFolder: folder });
      if (!output.ok) throw new Error(output.error.stack);
      const compiled = join(folder, `${path}-${index}.mjs`);
      writeFileSync(compiled, output.code);
      expect(await importCompiled(compiled, { limitMs: 30_000 })).toMatchObject({ ok: true });
    }
  });
});
