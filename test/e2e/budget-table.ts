/**
 * What was measured beside what the design allows, gathered from the tests that measure and printed as one table at the end
 * of the run (closing-line.ts). Times are told and never asserted: they are the machine's as much as ours.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { root } from "../tidy/source-tree.ts";

const folder = join(root, ".updraft/budgets");

export interface Measured {
  /** With its unit. */
  readonly what: string;
  readonly allowed: number;
  readonly measured: number;
}

/** By the file that measured: each writes its own, since files run side by side. */
export function noteBudgets(file: string, rows: readonly Measured[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${file}.json`), JSON.stringify(rows));
}

export function forgetBudgets(): void {
  rmSync(folder, { recursive: true, force: true });
}

export function printBudgets(): void {
  if (!existsSync(folder)) return;
  const rows = readdirSync(folder).flatMap(
    (file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as readonly Measured[],
  );
  console.log(
    `\nBudgets of the dashboard; load of the machine: ${loadavg()
      .map((one) => one.toFixed(1))
      .join(", ")}`,
  );
  console.table(
    Object.fromEntries(
      rows.map(({ what, allowed, measured }) => [
        what,
        { allowed, measured: Math.round(measured * 10) / 10, within: measured <= allowed ? "yes" : "NO" },
      ]),
    ),
  );
}
