/** The bootstrap in a project of its own, with a stand-in for npm that writes down how it was called. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { root } from "../../workers/node/local-settings.ts";

let project: string;

const node = process.version.slice(1);
const wanted = {
  "": {},
  "node_modules/hono": { version: "4.0.0" },
  "node_modules/node": { version: node },
  "node_modules/fsevents": { version: "2.0.0", optional: true },
};

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "updraft-bootstrap-"));
  write("package-lock.json", JSON.stringify({ packages: wanted }));
  cpSync(join(root, "workers/node/bootstrap.mjs"), join(project, "workers/node/bootstrap.mjs"));
  write("bin/npm", `#!/bin/sh\necho "$@ with $PATH" >> "${project}/calls"\nsh "${project}/on-install"\n`);
  write("on-install", "");
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(project, path, ".."), { recursive: true });
  writeFileSync(join(project, path), text, { mode: 0o755 });
}

function writeInstalled(hono: string): void {
  const packages = { "node_modules/hono": { version: hono }, "node_modules/node": { version: node } };
  write("node_modules/.package-lock.json", JSON.stringify({ packages }));
  write("node_modules/.bin/node", `#!/bin/sh\necho v${node}\n`);
}

function run() {
  const path = [join(project, "node_modules/.bin"), join(project, "bin"), process.env["PATH"]].join(delimiter);
  const result = spawnSync(process.execPath, [join(project, "workers/node/bootstrap.mjs")], {
    encoding: "utf8",
    env: { ...process.env, PATH: path },
  });
  const calls = existsSync(join(project, "calls")) ? readFileSync(join(project, "calls"), "utf8") : "";
  return { ...result, calls };
}

test("does nothing when everything of the lockfile is installed, whatever other platforms need", () => {
  writeInstalled("4.0.0");
  expect(run()).toMatchObject({ status: 0, stdout: "", stderr: "", calls: "" });
});

test("installs when nothing is", () => {
  write("on-install", `mv "${project}/later" "${project}/node_modules"`);
  writeInstalled("4.0.0");
  rmSync(join(project, "later"), { recursive: true, force: true });
  cpSync(join(project, "node_modules"), join(project, "later"), { recursive: true });
  rmSync(join(project, "node_modules"), { recursive: true });
  const { status, stdout, calls } = run();
  expect(status).toBe(0);
  expect(stdout).toContain("nothing is installed yet");
  expect(calls).toMatch(/^ci /);
});

test("installs what the lockfile names when something else is installed, with an npm that does not run from in there", () => {
  writeInstalled("3.9.0");
  const { stdout, calls } = run();
  expect(stdout).toContain("package-lock.json wants node_modules/hono 4.0.0");
  expect(calls).toMatch(/^ci /);
  expect(calls).not.toContain("node_modules");
});

test("says so when npm did not install what it should", () => {
  writeInstalled("3.9.0");
  expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining("Cannot use what npm installed") });
});

test("says so when npm fails", () => {
  write("on-install", "exit 7");
  expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining("Cannot install the packages") });
});
