/**
 * `npm run sim`: `--seed N` replays one seed and prints its log; `--seeds N` runs so many, from `--from` on, on
 * `--processes` cores, and prints what they came to, with `--json` as JSON.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { INVARIANTS } from "./invariants/all.ts";
import { describeKills, figuresOf, readKills } from "./mutants/kills.ts";
import { MUTANTS } from "./mutants/list.ts";
import { simulate } from "./simulate.ts";
import { runSuite } from "./suite.ts";
import { describe, missingMarks, replayCommand } from "./totals.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    seeds: { type: "string", default: "1000" },
    from: { type: "string", default: "1" },
    processes: { type: "string", default: String(Math.min(2, availableParallelism())) },
    json: { type: "boolean", default: false },
  },
});

if (values.seed === undefined) await runMany();
else await replay(Number(values.seed));

async function replay(seed: number): Promise<void> {
  const result = await simulate({ seed, invariants: INVARIANTS, print: (line) => console.log(line) });
  const { violation } = result;
  console.log(`${result.eventCount} events, ${(result.simulatedMs / 3_600_000).toFixed(1)} hours, log ${result.hash}`);
  if (violation === null) return;
  console.log(`seed ${seed} violates ${violation.invariant}: ${violation.message}`);
  process.exitCode = 1;
}

async function runMany(): Promise<void> {
  const from = Number(values.from);
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => from + index);
  let told = 0;
  const totals = await runSuite({
    seeds,
    processes: Number(values.processes),
    onProgress: ({ seeds: done, failures }) => {
      process.stderr.write(`\r${done} seeds, ${failures.length} violations `);
      for (const failure of failures.slice(told))
        process.stderr.write(`\n${replayCommand(failure)}: ${failure.message}\n`);
      told = failures.length;
    },
  });
  process.stderr.write("\n");
  const missing = missingMarks(totals);
  const hours = totals.simulatedMs / 3_600_000;
  const mutants = figuresOf(readKills(), MUTANTS.length);
  console.log(
    values.json
      ? JSON.stringify({ simulatedHours: hours, ...totals, missingMarks: missing, mutants })
      : `${describe(totals)}\n\n${describeKills(mutants)}, when they were last planted (npm run mutants)`,
  );
  if (missing.length > 0) console.log(`rare states that were seen too seldom:\n  ${missing.join("\n  ")}`);
  if (totals.failures.length > 0 || missing.length > 0) process.exitCode = 1;
}
