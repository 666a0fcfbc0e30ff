import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { watch } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { FailedFile, LoadedFile, Manifest } from "../../src/bundle/manifest.ts";

const projectRoot = join(import.meta.dirname, "../..");
const generator = join(projectRoot, "workers/node/manifest.ts");

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function dagText(dagId: string, body = 'task("only", () => 1);'): string {
  return `import { dag } from "updraft";\nexport default dag("${dagId}", {}, ({ task }) => {\n  ${body}\n});\n`;
}

/** A project with the given files in `dags/`, and the generator's real processes run on it. */
class Project {
  readonly root = mkdtempSync(join(tmpdir(), "manifest-"));

  constructor(files: Readonly<Record<string, string>>) {
    folders.push(this.root);
    mkdirSync(join(this.root, "dags"));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    mkdirSync(join(this.root, "dags", name, ".."), { recursive: true });
    writeFileSync(join(this.root, "dags", name), text);
  }

  remove(name: string): void {
    rmSync(join(this.root, "dags", name));
  }

  get manifestFile(): string {
    return join(this.root, "out/manifest.ts");
  }

  flags(limitMs: number): readonly string[] {
    return ["--dags", join(this.root, "dags"), "--out", join(this.root, "out"), "--limit-ms", `${limitMs}`];
  }

  cached(): readonly string[] {
    const folder = join(this.root, "out/cache");
    return existsSync(folder) ? readdirSync(folder) : [];
  }

  /** Name of the next file that is handed to a child, as soon as it lies there. */
  async nextCompiledFile(): Promise<string> {
    const folder = join(this.root, "out/cache");
    mkdirSync(folder, { recursive: true });
    for await (const { filename } of watch(folder)) if (filename?.endsWith(".mjs") === true) return filename;
    throw new Error("The watch ended without a file");
  }

  generate({ limitMs = 20_000 } = {}): { readonly status: number | null; readonly said: string } {
    const args = [generator, ...this.flags(limitMs)];
    const { status, stderr, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    return { status, said: `${stdout}${stderr}` };
  }

  /** The manifest as the Worker would see it: bundled, then evaluated. */
  async manifest(): Promise<Manifest> {
    const outfile = join(this.root, `bundled-${readdirSync(this.root).length}.mjs`);
    const alias = { updraft: join(projectRoot, "src/dag/index.ts") };
    await build({ alias, bundle: true, entryPoints: [this.manifestFile], format: "esm", logLevel: "silent", outfile });
    const loaded: { manifest: Manifest } = await import(pathToFileURL(outfile).href);
    return loaded.manifest;
  }

  async failure(name: string): Promise<FailedFile> {
    const entry = (await this.manifest()).entries.find(({ filePath }) => filePath === `dags/${name}`);
    if (entry === undefined || entry.ok) throw new Error(`dags/${name} did not fail`);
    return entry;
  }

  async loaded(name: string): Promise<LoadedFile> {
    const entry = (await this.manifest()).entries.find(({ filePath }) => filePath === `dags/${name}`);
    if (entry?.ok !== true) throw new Error(`dags/${name} did not load`);
    return entry;
  }
}

describe("a good file", () => {
  test("is in the manifest with its spec, its functions, its source and the hashes of both", async () => {
    const project = new Project({ "one.ts": dagText("one") });
    expect(project.generate()).toEqual({ status: 0, said: "" });
    const entry = await project.loaded("one.ts");
    expect(entry).toMatchObject({ filePath: "dags/one.ts", source: dagText("one"), spec: { v: 1, dagId: "one" } });
    expect(entry.specHash).toMatch(/^[0-9a-f]{64}$/);
    expect(entry.sourceHash).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(entry.definition.functions)).toEqual(["only"]);
  });

  test("may import others of the folder, and their text is part of its source hash", async () => {
    const text = dagText("one", 'task("only", () => answer);');
    const project = new Project({ "one.ts": `import { answer } from "./shared/answer.ts";\n${text}` });
    project.write("shared/answer.ts", "export const answer = 42;\n");
    project.generate();
    const before = await project.loaded("one.ts");
    project.write("shared/answer.ts", "export const answer = 43;\n");
    project.generate();
    const after = await project.loaded("one.ts");
    expect(after.sourceHash).not.toBe(before.sourceHash);
    expect(after.specHash).toBe(before.specHash);
  });

  test("may log while it loads", async () => {
    const project = new Project({ "one.ts": `console.log("loading");\n${dagText("one")}` });
    expect(project.generate()).toEqual({ status: 0, said: "" });
  });
});

describe("a file that fails", () => {
  const bad: readonly (readonly [string, string, string, string])[] = [
    ["throws", 'throw new Error("boom");', "Error", "boom"],
    ["throws_text", 'throw "boom";', "Error", "The file threw a value that is not an Error: boom"],
    ["syntax", "const x = ;", "SyntaxError", 'Unexpected ";" (dags/syntax.ts:1:10)'],
    ["imports_missing", 'import "./nope.ts";', "ModuleNotFoundError", 'Could not resolve "./nope.ts"'],
    ["imports_node", 'import "node:fs";', "ModuleNotFoundError", 'Could not resolve "node:fs"'],
    ["uses_node", "process.cwd();", "ReferenceError", "process is not defined"],
    ["fetches", 'await fetch("https://example.com");', "Error", "Cannot call fetch() while a DAG file loads"],
    ["sets_timer", "setTimeout(() => {}, 1);", "Error", "Cannot call setTimeout() while a DAG file loads"],
    ["evaluates", 'new Function("return 1")();', "EvalError", "Code generation from strings disallowed"],
    ["awaits_for_ever", "await new Promise(() => {});", "Error", "a top-level await never settles"],
    [
      "loops_for_ever",
      "while (true) {}",
      "TimeoutError",
      "Cannot load with 5 s of processor time: look for an endless",
    ],
    ["no_default", "export const x = 1;", "TypeError", 'no default export; write "export default dag(…)"'],
    ["wrong_default", "export default 42;", "TypeError", "must be what dag() returns, got number"],
    ["wrong_dag", dagText("no spaces"), "DefinitionError", "no spaces"],
  ];
  const files = Object.fromEntries(bad.map(([file, text]) => [`${file}.ts`, text]));
  let said: readonly string[] = [];
  let manifest: Manifest = { bundleId: "", entries: [] };

  beforeAll(async () => {
    const project = new Project({ ...files, "good.ts": dagText("good") });
    const { status, said: text } = project.generate();
    expect(status).toBe(0);
    said = text.trim().split("\n");
    manifest = await project.manifest();
  });

  test.each(bad)("%s: tells why", (file, _text, name, message) => {
    const entry = manifest.entries.find(({ filePath }) => filePath === `dags/${file}.ts`);
    const error = entry?.ok === false ? entry.error : null;
    expect(error).toMatchObject({ name, message: expect.stringContaining(message) });
    expect(error?.stack).toContain(message);
    expect(said).toContain(`dags/${file}.ts: ${name}: ${error?.message}`);
  });

  test("has one line said of it, and does not keep the others from loading", () => {
    expect(said).toHaveLength(bad.length);
    expect(manifest.entries.filter(({ ok }) => ok).map(({ filePath }) => filePath)).toEqual(["dags/good.ts"]);
  });

  test("because it sleeps is killed at the limit of time", async () => {
    const sleep = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";
    const project = new Project({ "bad.ts": sleep, "good.ts": dagText("good") });
    project.generate({ limitMs: 2_000 });
    expect((await project.failure("bad.ts")).error).toMatchObject({
      name: "TimeoutError",
      message: "Cannot load within 2 s: look for an endless loop at the top level, and move slow work into tasks",
    });
    expect((await project.loaded("good.ts")).spec.dagId).toBe("good");
  });

  test("shows the line in the author's file, with paths of the project only", async () => {
    const text = 'import { dag } from "updraft";\n\nfunction fail() {\n  throw new Error("boom");\n}\nfail();\n';
    const project = new Project({ "bad.ts": text });
    project.generate();
    const { error } = await project.failure("bad.ts");
    expect(error.stack).toContain("at fail (dags/bad.ts:4:9)");
    expect(error.stack).not.toContain(project.root);
    expect(error.stack).not.toMatch(/node:internal|manifest-child/);
  });

  test("because its id is taken is the second by name", async () => {
    const project = new Project({ "a.ts": dagText("same"), "b.ts": dagText("same") });
    project.generate();
    expect((await project.loaded("a.ts")).spec.dagId).toBe("same");
    expect((await project.failure("b.ts")).error.message).toBe(
      'Cannot load DAG "same": dags/a.ts defines it already; give one of them another id',
    );
  });

  test("heals when it is mended", async () => {
    const project = new Project({ "one.ts": "const x = ;" });
    project.generate();
    await project.failure("one.ts");
    project.write("one.ts", dagText("one"));
    expect(project.generate().said).toBe("");
    expect((await project.loaded("one.ts")).spec.dagId).toBe("one");
  });
});

describe("running again", () => {
  const files = { "bad.ts": 'throw new Error("boom");', "one.ts": dagText("one"), "two.ts": dagText("two") };

  test("writes nothing when nothing changed, and says again what fails", () => {
    const project = new Project(files);
    const first = project.generate();
    const before = statSync(project.manifestFile, { bigint: true });
    expect(project.generate()).toEqual(first);
    const after = statSync(project.manifestFile, { bigint: true });
    expect([after.mtimeNs, after.ino]).toEqual([before.mtimeNs, before.ino]);
  });

  test("gives the same bundle id and the same bytes but for parse times, also without the cache", () => {
    const project = new Project(files);
    const text = () => readFileSync(project.manifestFile, "utf8").replaceAll(/\\"parseMs\\":\d+/g, "");
    project.generate();
    const before = text();
    rmSync(join(project.root, "out"), { recursive: true });
    project.generate();
    expect(text()).toBe(before);
  });

  test("imports only what changed", () => {
    const project = new Project(files);
    project.generate();
    const before = new Set(project.cached());
    project.write("two.ts", dagText("two", 'task("other", () => 2);'));
    project.generate();
    const after = project.cached();
    expect(before.size).toBe(3);
    expect(after).toHaveLength(3);
    expect(after.filter((name) => !before.has(name))).toHaveLength(1);
  });

  test("changes the bundle id when a file changes, comes or goes", () => {
    const project = new Project(files);
    const seen = new Set<string | undefined>();
    const note = () => {
      project.generate();
      seen.add(/bundleId = "(\w+)"/.exec(readFileSync(project.manifestFile, "utf8"))?.[1]);
    };
    note();
    project.write("two.ts", dagText("two", 'task("other", () => 2);'));
    note();
    project.write("three.ts", dagText("three"));
    note();
    project.remove("bad.ts");
    note();
    expect(seen.size).toBe(4);
  });
});

describe("a run that another one overtakes", () => {
  test("ends without writing what it found, and ends its children", async () => {
    const project = new Project({ "one.ts": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);" });
    const compiling = project.nextCompiledFile();
    const first = spawn(process.execPath, [generator, ...project.flags(600_000)], { stdio: "ignore" });
    const ended = once(first, "exit");
    const compiled = await compiling;
    project.write("one.ts", dagText("one"));
    project.generate();
    expect(await ended).toEqual([0, null]);
    expect((await project.loaded("one.ts")).spec.dagId).toBe("one");
    // Where there is no ps, this is all that can be said.
    const commands = spawnSync("ps", ["-eo", "args"], { encoding: "utf8" }).stdout ?? "";
    expect(commands).not.toContain(compiled);
  });
});

test("a folder without DAGs makes an empty manifest", async () => {
  const project = new Project({});
  expect(project.generate().status).toBe(0);
  expect((await project.manifest()).entries).toEqual([]);
});

test("a folder that does not exist is an error that says what to do", () => {
  const project = new Project({});
  rmSync(join(project.root, "dags"), { recursive: true });
  const { status, said } = project.generate();
  expect(status).toBe(1);
  expect(said).toContain("create it, or name another with --dags");
});
