/** The examples in the JSDoc of `src/dag` are compiled with the project's own strictness, and run. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import * as updraft from "updraft";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runDag } from "../dags/run-dag.ts";

const root = join(import.meta.dirname, "../..");
const source = join(root, "src/dag");

interface Example {
  readonly file: string;
  /** The export that the comment stands above. */
  readonly name: string;
  readonly code: string;
}

const commentPattern = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export (?:type |interface |class |function |const )+(\w+)/g;
const examplePattern = /@example\s*```ts\n([\s\S]*?)```/g;

async function readExamples(): Promise<readonly Example[]> {
  const examples: Example[] = [];
  for (const file of (await readdir(source)).sort()) {
    for (const [, comment = "", name = ""] of (await readFile(join(source, file), "utf8")).matchAll(commentPattern)) {
      const text = comment.replace(/^ *\* ?/gm, "");
      for (const [, code = ""] of text.matchAll(examplePattern)) examples.push({ file, name, code });
    }
  }
  return examples;
}

const examples = await readExamples();
let folder = "";
const server = createServer((_request, response) => response.end("[]"));
let origin = "";

beforeAll(async () => {
  // Inside of node_modules, so that an example finds what the project has installed.
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, "updraft-examples-"));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  origin = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

test("every value that authors can import has an example", () => {
  const shown = new Set(examples.map((example) => example.name));
  // `z` is Zod's, and documented there.
  expect(Object.keys(updraft).filter((name) => name !== "z" && !shown.has(name))).toEqual([]);
});

test("every example compiles", async () => {
  const files = await Promise.all(
    examples.map(async ({ name, code }) => {
      const file = join(folder, `${name}.ts`);
      await writeFile(file, code);
      return file;
    }),
  );
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { paths: { updraft: [join(source, "index.ts")] }, noUnusedLocals: false },
    include: [],
    files,
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const run = promisify(execFile)(process.execPath, [compiler, "-p", folder]);
  const output = await run.then(
    ({ stdout }) => stdout,
    (failure: { readonly stdout: string }) => failure.stdout,
  );
  expect(output).toBe("");
});

test.each(examples)("the example of $name runs", async ({ name, code }) => {
  const built = await esbuild.build({
    stdin: { contents: code, loader: "ts", resolveDir: root },
    alias: { updraft: join(source, "index.ts") },
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "silent",
  });
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, built.outputFiles[0]?.text ?? "");
  const module: { readonly default?: updraft.DagDefinition } = await import(/* @vite-ignore */ file);
  if (module.default === undefined) return;
  const run = await runDag(module.default, { origin, env: { REPORT_TITLE: "Report" } });
  expect([...run.tasks].map(([id, { state, error }]) => [id, state, error])).toEqual(
    module.default.spec.tasks.map((task) => [task.taskId, "success", undefined]),
  );
});
