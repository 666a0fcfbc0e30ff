/** What many seeds came to, added up; and how that reads. */
import { FAULT_NAMES } from "./machine/faults.ts";
import type { SeedResult } from "./simulate.ts";
import { MARKS } from "./watch/marks.ts";

export interface Failure {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
}

export interface Totals {
  seeds: number;
  events: number;
  simulatedMs: number;
  readonly failures: Failure[];
  readonly checks: Record<string, number>;
  readonly faults: Record<string, number>;
  readonly marks: Record<string, number>;
}

export function newTotals(): Totals {
  return {
    seeds: 0,
    events: 0,
    simulatedMs: 0,
    failures: [],
    checks: {},
    faults: Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])),
    marks: Object.fromEntries(MARKS.map((name) => [name, 0])),
  };
}

export function addResult(totals: Totals, result: SeedResult): void {
  totals.seeds += 1;
  totals.events += result.eventCount;
  totals.simulatedMs += result.simulatedMs;
  if (result.violation !== null) {
    const { invariant, message, at, during } = result.violation;
    const text = `${message} (after ${at} ms, at "${during}")`;
    totals.failures.push({ seed: result.seed, invariant, message: text });
  }
  addCounts(totals.checks, result.checks);
  addCounts(totals.faults, result.faults);
  addCounts(totals.marks, result.marks);
}

export function addTotals(totals: Totals, other: Totals): void {
  totals.seeds += other.seeds;
  totals.events += other.events;
  totals.simulatedMs += other.simulatedMs;
  totals.failures.push(...other.failures);
  addCounts(totals.checks, other.checks);
  addCounts(totals.faults, other.faults);
  addCounts(totals.marks, other.marks);
}

function addCounts(into: Record<string, number>, from: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(from)) into[name] = (into[name] ?? 0) + count;
}

/** The one command that shows a failure again. */
export function replayCommand({ seed }: Pick<Failure, "seed">): string {
  return `npm run sim -- --seed ${seed}`;
}

/** A suite of at least so many seeds must have seen every rare state so often. */
export const LEAST_MARKS = 10;
export const SEEDS_FOR_MARKS = 1_000;

export function missingMarks({ seeds, marks }: Totals): readonly string[] {
  if (seeds < SEEDS_FOR_MARKS) return [];
  return MARKS.filter((mark) => (marks[mark] ?? 0) < LEAST_MARKS).map((mark) => `${mark}: ${marks[mark]}`);
}

export function describe(totals: Totals): string {
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((all, count) => all + count, 0);
  const table = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `  ${String(count).padStart(10)}  ${name}`)
      .join("\n");
  return [
    `faults: ${sum(totals.faults)}\n${table(totals.faults)}`,
    `rare states:\n${table(totals.marks)}`,
    `checks: ${sum(totals.checks)}\n${table(totals.checks)}`,
    `${totals.seeds} seeds, ${(totals.simulatedMs / 3_600_000).toFixed(1)} simulated hours, ${totals.events} events`,
    ...totals.failures.map(
      (failure) =>
        `seed ${failure.seed} violates ${failure.invariant}: ${failure.message}\n  ${replayCommand(failure)}`,
    ),
    `${totals.failures.length} violations`,
  ].join("\n\n");
}
