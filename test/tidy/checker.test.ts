/** Planted violations: a checker that finds nothing proves nothing until it finds these. */
import { describe, expect, test } from "vitest";
import { checkBanned, checkNotes } from "./banned.ts";
import { checkImports, importsOf } from "./import-rules.ts";
import { checkNames } from "./names.ts";
import { largest } from "./sizes.ts";
import { parseCode } from "./source-tree.ts";

const imports = (path: string, text: string) => checkImports(parseCode(path, text)).map(({ message }) => message);
const banned = (path: string, text: string) =>
  checkBanned(parseCode(path, text)).map(({ line, message }) => [line, message]);

describe("checkImports()", () => {
  test("finds every form of import, and nothing in comments and strings", () => {
    const file = parseCode(
      "src/engine/a.ts",
      `import "./side.ts";
       import type { A } from "./a.ts";
       import { type B } from "./b.ts";
       import { type C, c } from "./c.ts";
       export * from "./d.ts";
       export type { E } from "./e.ts";
       type F = import("./f.ts").F;
       const g = await import("./g.ts");
       // import "./comment.ts";
       const text = 'import "./string.ts"';`,
    );
    expect(importsOf(file).map(({ specifier, typeOnly }) => [specifier, typeOnly])).toEqual([
      ["./side.ts", false],
      ["./a.ts", true],
      ["./b.ts", true],
      ["./c.ts", false],
      ["./d.ts", false],
      ["./e.ts", true],
      ["./f.ts", true],
      ["./g.ts", false],
    ]);
  });

  test.each([
    ["src/engine/advance.ts", `import { load } from "../scheduler/load.ts";`, /src\/engine imports src\/scheduler/],
    ["src/lib/duration.ts", `import type { DagId } from "../dag/ids.ts";`, /src\/lib imports src\/dag/],
    ["src/catalog/port.ts", `import { advance } from "../engine/advance.ts";`, /may import types only/],
    ["src/dag/spec.ts", `import { DAG_RUN_STATES } from "../engine/states.ts";`, /src\/dag imports src\/engine/],
    ["src/api/dags.ts", `import { page } from "../web/pages/dags.tsx";`, /src\/api imports src\/web/],
    [
      "src/scheduler/load.ts",
      `import { flush } from "../catalog/projection.ts";`,
      /src\/scheduler imports src\/catalog/,
    ],
    ["src/scheduler/load.ts", `import { DurableObject } from "cloudflare:workers";`, /src is portable/],
    ["src/executor/run.ts", `import type { Readable } from "node:stream";`, /src is portable/],
    ["src/executor/run.ts", `import { env } from "../../workers/node/env.ts";`, /imports from src only/],
    ["src/dag/dag.ts", `import { Hono } from "hono";`, /the package "hono"/],
    ["src/engine/a.ts", `import { b } from "./b";`, /write the ending/],
    ["src/engine/a.ts", "const b = await import(name);", /name is computed/],
    ["src/novelty/a.ts", `import { assert } from "../lib/assert.ts";`, /not in the import table/],
    ["workers/cloudflare/worker.ts", `import { start } from "../node/standalone.ts";`, /never imports another's/],
    ["workers/node/standalone.ts", `import { fixture } from "../../test/fixtures/a.ts";`, /only tests import tests/],
    ["dags/hello.ts", `import { dag } from "../src/dag/index.ts";`, /from "updraft" only/],
    ["dags/hello.ts", `import { z } from "zod";`, /from "updraft" only/],
  ])("refuses in %s: %s", (path, text, message) => {
    expect(imports(path, text)).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    [
      "src/engine/advance.ts",
      `import { never } from "../lib/never.ts"; import { TRIGGER_RULES } from "../dag/spec.ts";`,
    ],
    ["src/catalog/port.ts", `import type { DagState } from "../engine/dag-state.ts";`],
    ["src/api/runs.ts", `import { DAG_RUN_STATES } from "../engine/states.ts";`],
    ["src/scheduler/load.ts", `import type { ClaimRequest } from "../executor/protocol.ts";`],
    ["src/web/page.tsx", `import { jsx } from "hono/jsx"; import { can } from "../auth/can.ts";`],
    ["workers/cloudflare/worker.ts", `import { Hono } from "hono"; import { app } from "../../src/api/app.ts";`],
    ["dags/hello.ts", `import { dag } from "updraft";`],
    ["test/engine/a.test.ts", `import { readFileSync } from "node:fs"; import { app } from "../../src/api/app.ts";`],
  ])("allows in %s: %s", (path, text) => {
    expect(imports(path, text)).toEqual([]);
  });
});

describe("checkBanned()", () => {
  test.each([
    ["src/engine/a.ts", "const at = Date.now();", /uses Date\.now: take `now`/],
    ["src/engine/a.ts", "const options = { now: Date.now };", /uses Date\.now/],
    ["src/engine/a.ts", "const at = globalThis.Date.now();", /uses globalThis\.Date\.now/],
    ["src/engine/a.ts", "const at = new Date();", /a Date of the present/],
    ["workers/node/a.ts", "const id = crypto.randomUUID();", /platform\.ids\.random/],
    ["dags/hello.ts", "const x = Math.random();", /uses Math\.random/],
    ["src/engine/a.ts", "const at = performance.now();", /uses performance\.now/],
    ["src/engine/a.ts", "const home = process.env;", /uses process/],
    ["src/lib/a.ts", `const bytes = Buffer.from("a");`, /Uint8Array/],
    ["src/lib/a.ts", `Deno.readFile("a");`, /uses Deno/],
    ["test/engine/a.test.ts", "await new Promise((done) => setTimeout(done, 10));", /calls setTimeout/],
    ["test/engine/a.test.ts", `vi.mock("./a.ts");`, /calls vi\.mock/],
    ["src/web/a.tsx", `const a = <p style="color: red">a</p>;`, /sets style=/],
    ["src/web/a.tsx", `const a = <p hx-on:click="go()">a</p>;`, /sets hx-on:click=/],
    ["src/web/a.tsx", "const a = <p onClick={go}>a</p>;", /sets onClick=/],
  ])("refuses in %s: %s", (path, text, message) => {
    expect(banned(path, `// First line.\n${text}`)).toEqual([[2, expect.stringMatching(message)]]);
  });

  test.each([
    ["workers/cloudflare/platform.ts", "const clock = { now: () => Date.now() };"],
    ["src/engine/a.ts", "const at = new Date(now); const text = 'Date.now()'; // Date.now()"],
    ["src/engine/a.ts", "const state = { process: 1 }; advance(state.process);"],
    ["test/engine/a.test.ts", "const at = Date.now();"],
    ["workers/node/a.ts", "const from = performance.now();"],
    ["test/fixtures/dags/slow.ts", "setTimeout(done, 30_000);"],
    ["src/web/a.tsx", `const a = <p class="style" data-on="a">a</p>;`],
  ])("allows in %s: %s", (path, text) => {
    expect(banned(path, text)).toEqual([]);
  });
});

test("checkNotes() wants an issue with every note", () => {
  const text = "// TODO: later\n// TODO(#12): later\nconst label = 'TODO';\n-- FIXME\n";
  expect(checkNotes({ path: "src/a.ts", text }).map(({ line }) => line)).toEqual([1, 4]);
});

test("checkNames() knows the top level, kebab-case and names that say nothing", () => {
  const wrong = ["Makefile", "src/engine/DagRun.ts", "src/lib/utils.ts", "src/helpers/a.ts"];
  const right = ["README.md", "src/engine/SPEC.md", "dags/seattle_weather.ts", "migrations/0001_dag_runs.sql"];
  expect(checkNames([...wrong, ...right, "test/web/list.test.tsx"]).map(({ path }) => path)).toEqual(wrong);
});

test("largest() sorts files by kind and names functions", () => {
  const long = parseCode("src/engine/long.ts", `export function advance() {\n${"  step();\n".repeat(20)}}\n`);
  const short = parseCode("src/engine/short.ts", "export const step = () => {};\n");
  const lists = largest([short, long], 1);
  expect(lists.get("files of src and workers")).toEqual([{ name: "src/engine/long.ts", lineCount: 23 }]);
  expect(lists.get("functions")).toEqual([{ name: "src/engine/long.ts:1 advance", lineCount: 22 }]);
});
