/**
 * A copy of the project in a temporary folder, with its own DAGs and its own state: an end-to-end test writes to dags/
 * as an author would and shares nothing with another test or with the tree under test. Only node_modules is shared.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { listPaths, root } from "../tidy/source-tree.ts";

const copied = /^(src|workers|public|migrations|dags)\/|^(package(-lock)?|tsconfig)\.json$|^wrangler\.toml$/;

export class Project {
  readonly path = mkdtempSync(join(tmpdir(), "updraft-e2e-"));

  constructor(options: { readonly withExamples: boolean }) {
    for (const path of listPaths()) {
      if (!copied.test(path) || (path.startsWith("dags/") && !options.withExamples)) continue;
      mkdirSync(dirname(join(this.path, path)), { recursive: true });
      cpSync(join(root, path), join(this.path, path));
    }
    mkdirSync(join(this.path, "dags"), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(this.path, "node_modules"));
  }

  writeDag(file: string, source: string): void {
    writeFileSync(join(this.path, "dags", file), source);
  }

  /** Copies DAGs of test/fixtures/dags. */
  addFixtures(...names: readonly string[]): void {
    for (const name of names) cpSync(join(root, `test/fixtures/dags/${name}.ts`), join(this.path, `dags/${name}.ts`));
  }

  /** Files that DAGs of test/fixtures/dags share. */
  addParts(folder: string): void {
    cpSync(join(root, `test/fixtures/dags/${folder}`), join(this.path, `dags/${folder}`), { recursive: true });
  }

  /** Variables that tasks see as `env`. */
  writeVariables(variables: Readonly<Record<string, string>>): void {
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
    writeFileSync(join(this.path, ".dev.vars"), lines.join(""));
  }

  /** Where a running `npm start` keeps the simulated bindings. */
  get dataFolder(): string {
    return join(this.path, ".updraft/state/bindings");
  }

  removeDag(file: string): void {
    rmSync(join(this.path, "dags", file));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
