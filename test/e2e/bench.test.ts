/**
 * The benchmark runs, and what it counts is what the catalog has. How long anything takes is not asserted: other programs
 * of the machine decide that as well.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { dollarsOf, measureCosts } from "../bench/cost.ts";
import { FAN_WIDTH } from "../bench/dags.ts";
import { Deployment } from "../bench/deployment.ts";
import { RawLimits } from "../bench/raw/raw-limits.ts";
import { chain } from "../bench/workloads/chain.ts";
import { fan } from "../bench/workloads/fan.ts";

let raw: RawLimits;
let updraft: Deployment;

beforeAll(async () => {
  raw = await RawLimits.open();
  updraft = await Deployment.open("counting");
}, 120_000);

afterAll(async () => {
  await updraft?.close();
  await raw?.close();
});

test("a chain and a fan-out are measured, and all their tasks are in the catalog", { timeout: 120_000 }, async () => {
  for (const workload of [chain, fan]) {
    const figures = await workload.measure({ updraft, raw });
    expect(figures.ms).toBeGreaterThan(0);
    expect(figures.ofRaw).toBeGreaterThan(0);
  }
  await expect.poll(() => isLast("bench_chain", 100), { timeout: 10_000 }).toBe(true);
  await expect.poll(() => isLast("bench_fan", FAN_WIDTH + 1), { timeout: 10_000 }).toBe(true);
});

/** Over all runs of a DAG it is the catalog that answers: it has so many successes, and not one more. */
async function isLast(dagId: string, count: number): Promise<boolean> {
  const page = `state=success&offset=${count - 1}&limit=2`;
  const { task_instances: rows } = await updraft.api.read(`/api/v2/dags/${dagId}/dagRuns/~/taskInstances?${page}`);
  return (rows as readonly unknown[]).length === 1;
}

test("operations are counted: each task once through a queue or handed over, each row that was written", {
  timeout: 120_000,
}, async () => {
  for (const { scenario, tasks, run, removal } of await measureCosts(updraft)) {
    expect([scenario, run.queueMessages <= tasks]).toEqual([scenario, true]);
    // A task instance is written at least as running and as done, and removed once.
    expect(run.objectRowsWritten).toBeGreaterThanOrEqual(2 * tasks);
    expect(removal.objectRowsWritten).toBeGreaterThanOrEqual(tasks);
    // And once in the catalog, with its result, from where both go a week after the run.
    expect(run.catalogRowsWritten).toBeGreaterThanOrEqual(2 * tasks);
    expect(removal.catalogRowsWritten).toBeGreaterThanOrEqual(2 * tasks);
    expect([run.storeWrites, run.storeReads]).toEqual([0, 0]);
    expect(dollarsOf(run)).toBeGreaterThan(0);
  }
});
