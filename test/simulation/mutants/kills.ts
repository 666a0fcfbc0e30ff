/**
 * Who noticed each planted bug, and at which seed, as `npm run mutants` wrote it down. A change of the worlds or of a check changes
 * that: then it is run again, and its file committed with the change.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Kill {
  readonly mutant: string;
  readonly invariant: string | null;
  /** A seed that shows the bug, the first one from 1 on when it was looked for; null when none did. */
  readonly seed: number | null;
}

const FILE = join(import.meta.dirname, "kills.json");

export function readKills(): readonly Kill[] {
  return JSON.parse(readFileSync(FILE, "utf8")) as readonly Kill[];
}

/** In place of what was known of the same mutants. */
export function writeKills(kills: readonly Kill[], names: readonly string[]): void {
  const known = new Map([...readKills(), ...kills].map((kill) => [kill.mutant, kill]));
  // As the formatter has it, or the check of the style would fail after each run.
  const line = (kill: Kill) => `  ${JSON.stringify(kill, null, 1).replace(/\n */g, " ")}`;
  const lines = names.flatMap((name) => known.get(name) ?? []).map(line);
  writeFileSync(FILE, `[\n${lines.join(",\n")}\n]\n`);
}

export interface KillFigures {
  /** Of all that there are, planted or not since the worlds changed. */
  readonly total: number;
  readonly killed: number;
  readonly medianSeed: number | null;
}

export function figuresOf(kills: readonly Kill[], total: number): KillFigures {
  const sorted = kills.flatMap(({ seed }) => seed ?? []).sort((a, b) => a - b);
  return { total, killed: sorted.length, medianSeed: sorted[Math.floor(sorted.length / 2)] ?? null };
}

export function describeKills({ total, killed, medianSeed }: KillFigures): string {
  return `${killed} of ${total} planted bugs were noticed, half of them by seed ${medianSeed}`;
}
