/**
 * What a deployment is billed for: operations per task and per run, counted where they reach the platform, at the public
 * prices. Processor and duration are not counted: a machine of one's own says nothing about them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { SWEEP_AFTER_MS, SWEEP_MINUTE } from "../../src/catalog/sweep-catalog.ts";
import { runPath } from "../e2e/api.ts";
import type { Counts } from "./counting-worker.ts";
import type { Deployment } from "./deployment.ts";
import { round } from "./measure.ts";

/** Dollars per million, from Cloudflare's price lists. */
const PRICES = {
  workerRequests: 0.3,
  objectRequests: 0.15,
  objectRowsRead: 0.001,
  objectRowsWritten: 1,
  catalogRowsRead: 0.001,
  catalogRowsWritten: 1,
  queueOperations: 0.4,
  storeWrites: 4.5,
  storeReads: 0.36,
} as const satisfies Partial<Record<keyof Counts, number>>;
type Billed = keyof typeof PRICES;

const SCENARIOS = [
  { name: "chain of 10", dagId: "bench_chain_10", tasks: 10 },
  { name: "fan-out of 1,000", dagId: "bench_fan", tasks: 1_001 },
  { name: "hourly ETL of 10", dagId: "bench_etl", tasks: 10 },
] as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Longer than any of them takes; asking meanwhile would be counted. */
const RUN_MS = 4_000;

export interface Cost {
  readonly scenario: string;
  readonly tasks: number;
  readonly run: Counts;
  /** Of removing the run at the end of its retention: from the object, and a week later from the catalog. */
  readonly removal: Counts;
  readonly dollarsPerMillionTasks: number;
  readonly dollarsPerMillionRuns: number;
}

export async function measureCosts(updraft: Deployment): Promise<readonly Cost[]> {
  const costs: Cost[] = [];
  for (const { name, dagId, tasks } of SCENARIOS) {
    // The first run of a DAG also tells the catalog what it has learnt of it.
    await updraft.run(dagId);
    await sleep(RUN_MS);
    await updraft.takeCounts();
    const runId = await updraft.api.trigger(dagId);
    await sleep(RUN_MS);
    const run = await updraft.takeCounts();
    await updraft.end(dagId, runId);
    const committed = await updraft.committedCount(dagId, runId, tasks);
    if (committed !== tasks) throw new Error(`${committed} of ${tasks} task instances are in the catalog`);
    await updraft.takeCounts();
    await updraft.api.call("DELETE", runPath(dagId, runId));
    await sleep(RUN_MS);
    const removal = await updraft.takeCounts();
    const swept = await countSweep(updraft);
    removal.catalogRowsRead += swept.catalogRowsRead;
    removal.catalogRowsWritten += swept.catalogRowsWritten;
    const dollars = dollarsOf(run) + dollarsOf(removal);
    costs.push({
      scenario: name,
      tasks,
      run,
      removal,
      dollarsPerMillionTasks: round(dollars / tasks),
      dollarsPerMillionRuns: round(dollars),
    });
  }
  return costs;
}

/** What the hourly sweep costs in the catalog, beyond the watchdog of any minute, once the run has been gone for a week. */
async function countSweep(updraft: Deployment): Promise<Pick<Counts, "catalogRowsRead" | "catalogRowsWritten">> {
  const later = Math.ceil((Date.now() + SWEEP_AFTER_MS.tombstones) / HOUR_MS) * HOUR_MS;
  await updraft.fireCron(later + (SWEEP_MINUTE - 1) * MINUTE_MS);
  const watchdog = await updraft.takeCounts();
  await updraft.fireCron(later + SWEEP_MINUTE * MINUTE_MS);
  const both = await updraft.takeCounts();
  return {
    catalogRowsRead: both.catalogRowsRead - watchdog.catalogRowsRead,
    catalogRowsWritten: both.catalogRowsWritten - watchdog.catalogRowsWritten,
  };
}

/** Per million such runs. */
export function dollarsOf(counts: Counts): number {
  return (Object.keys(PRICES) as Billed[]).reduce((sum, name) => sum + PRICES[name] * counts[name], 0);
}

export function tellCost({ scenario, tasks, run, removal, ...dollars }: Cost): string {
  const perTask = (value: number) => round(value / tasks, 3);
  const lines = [
    `${scenario}: $${dollars.dollarsPerMillionTasks} per million tasks, $${dollars.dollarsPerMillionRuns} per million runs`,
    `  per task: ${perTask(run.objectRequests)} requests to objects, ${perTask(run.queueOperations)} queue operations (${run.queueMessages} messages in all)`,
    `  object: ${perTask(run.objectRowsWritten)} rows written and ${perTask(removal.objectRowsWritten)} at their removal, ${perTask(run.objectRowsRead)} read`,
    `  catalog: ${perTask(run.catalogRowsWritten)} rows written and ${perTask(removal.catalogRowsWritten)} at the removal, ${perTask(run.catalogRowsRead)} read`,
    `  ${run.workerRequests} requests to the Worker, ${run.storeWrites} writes and ${run.storeReads} reads of the object store in all`,
  ];
  return lines.join("\n");
}
