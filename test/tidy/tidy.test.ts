import { describe, expect, test } from "vitest";
import { checkBanned, checkNotes } from "./banned.ts";
import { checkImports } from "./import-rules.ts";
import { checkNames } from "./names.ts";
import { largest } from "./sizes.ts";
import { isCode, listPaths, parseCode, readSource, type Violation } from "./source-tree.ts";

const paths = listPaths();
const sources = paths.filter((path) => /\.(ts|tsx|mjs|js|css|sql|toml)$/.test(path)).map(readSource);
const code = sources.filter(({ path }) => isCode(path)).map(({ path, text }) => parseCode(path, text));

const lines = (violations: readonly Violation[]) => violations.map((one) => `${one.path}:${one.line} ${one.message}`);

describe("the source tree", () => {
  test("imports only what the import table allows", () => {
    expect(lines(code.flatMap(checkImports))).toEqual([]);
  });

  test("takes time, randomness and everything of one runtime from outside", () => {
    expect(lines(code.flatMap(checkBanned))).toEqual([]);
  });

  test("has a place and a telling name for each file", () => {
    expect(lines(checkNames(paths))).toEqual([]);
  });

  test("has no note that names no issue", () => {
    // The checker's own tests hold such notes on purpose.
    expect(lines(sources.filter(({ path }) => !path.startsWith("test/tidy/")).flatMap(checkNotes))).toEqual([]);
  });

  test("shows its largest files and functions", () => {
    const lists = largest(code, 10);
    for (const [kind, sizes] of lists) {
      const rows = sizes.map(({ name, lineCount }) => `${String(lineCount).padStart(6)}  ${name}`);
      console.log(`Largest ${kind}, in lines\n${rows.join("\n")}`);
    }
    expect([...lists.keys()]).toEqual(["files of src and workers", "views", "tests", "functions"]);
  });
});
