/** Runs many seeds on several processes, since one simulation uses one core. Each process takes the next seed when it is done with one. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { addTotals, newTotals, type Totals } from "./totals.ts";

const WORKER = join(import.meta.dirname, "seed-worker.ts");
/** Seeds that a process takes at once. */
const PORTION = 10;

export interface SuiteOptions {
  readonly seeds: readonly number[];
  readonly processes: number;
  /** Ends with the first seed that fails. */
  readonly stopsAtFailure?: boolean;
  /** Name of a planted bug. */
  readonly mutant?: string;
  readonly onProgress?: (totals: Totals) => void;
}

export async function runSuite({
  seeds,
  processes,
  stopsAtFailure,
  mutant,
  onProgress,
}: SuiteOptions): Promise<Totals> {
  const totals = newTotals();
  let next = 0;
  const portion = (): readonly number[] => {
    if (stopsAtFailure === true && totals.failures.length > 0) return [];
    const taken = seeds.slice(next, next + PORTION);
    next += taken.length;
    return taken;
  };
  await Promise.all(
    Array.from({ length: processes }, () => {
      return new Promise<void>((resolve, reject) => {
        const worker: ChildProcess = fork(WORKER, mutant === undefined ? [] : [mutant], {
          execArgv: ["--no-warnings"],
        });
        const hand = (): void => {
          const taken = portion();
          if (taken.length === 0) worker.disconnect();
          else worker.send({ seeds: taken, stopsAtFailure: stopsAtFailure === true });
        };
        worker.on("message", (message: Totals | "ready") => {
          if (message !== "ready") {
            addTotals(totals, message);
            onProgress?.(totals);
          }
          hand();
        });
        worker.on("error", reject);
        worker.on("exit", (code) =>
          code === 0 ? resolve() : reject(new Error(`a process of the simulation ended with ${code}`)),
        );
      });
    }),
  );
  totals.failures.sort((a, b) => a.seed - b.seed);
  return totals;
}
