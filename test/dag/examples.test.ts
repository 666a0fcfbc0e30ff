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
  for (const file of (await readdir(source)).filter((name) => name.endsWith(".ts")).sort()) {
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

const fileOf = ({ name }: Example) => join(folder, `${name}.ts`);

beforeAll(async () => {
  // Inside of node_modules, so that an example finds what the project has installed.
  const cache = join(root, "node_modules/.cache");
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, "updraft-examples-"));
  await Promise.all(examples.map((example) => writeFile(fileOf(example), example.code)));
  await esbuild.build({
    entryPoints: examples.map(fileOf),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    alias: { updraft: join(source, "index.ts") },
    bundle: true,
    splitting: true,
    format: "esm",
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  origin = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
});

afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

test("every name that authors can import has an example", async () => {
  const entry = await readFile(join(source, "index.ts"), "utf8");
  const exported = [...entry.matchAll(/export (?:type )?{([^}]*)}/g)].flatMap(([, names = ""]) => names.split(","));
  const names = exported.map((name) => name.replace(/\btype\b/, "").trim()).filter((name) => name !== "");
  expect(names).toEqual(expect.arrayContaining(Object.keys(updraft)));
  const shown = new Set(examples.map((example) => example.name));
  // `z` is Zod's, and documented there.
  expect(names.filter((name) => name !== "z" && !shown.has(name))).toEqual([]);
});

test("every example compiles", async () => {
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { paths: { updraft: [join(source, "index.ts")] } },
    include: [],
    files: examples.map(fileOf),
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const output = await promisify(execFile)(process.execPath, [compiler, "-p", folder]).then(
    ({ stdout }) => stdout,
    (failure: { readonly stdout: string }) => failure.stdout,
  );
  expect(output).toBe("");
});

test.each(examples)("the example of $name runs", async ({ name }) => {
  const module: { readonly default?: updraft.DagDefinition } = await import(join(folder, `${name}.mjs`));
  // The example of an error has no DAG to run.
  if (module.default === undefined) return;
  const run = await runDag(module.default, { origin, env: { REPORT_TITLE: "Report" } });
  // Behind a branch, what it did not choose is skipped, and that is the point.
  const deciding = new Set(module.default.spec.tasks.filter((task) => task.decision).map((task) => task.taskId));
  for (const { taskId, upstream } of module.default.spec.tasks) {
    const { state, error } = run.of(taskId);
    const isSkipped = state === "skipped" && upstream.some((id) => deciding.has(id));
    expect([taskId, isSkipped ? "success" : state, error]).toEqual([taskId, "success", undefined]);
  }
});
