import { setTimeout as sleep } from "node:timers/promises";
import { inParallel } from "../../../src/lib/in-parallel.ts";
import { graphOf, spec } from "../../fixtures/engine-dag.ts";
import { SchedulerWorld, tester } from "../../fixtures/scheduler-world.ts";
import { round } from "../measure.ts";
import type { DeployedWorkload } from "../workload.ts";

const RUNS = 10_000;
const PARALLEL = 20;
const DAG = "bench_one";

/** W6: queued runs of a DAG with one task, made while it is paused and drained when it is not. */
export const backlog: DeployedWorkload = {
  name: "W6",
  title: "10,000 queued runs of one task",
  deployment: "plain",
  isOnce: true,
  measure: async ({ updraft, raw }) => {
    const { api } = updraft;
    const echo = await raw.echo(RUNS);
    const isPaused = (value: boolean) => api.patch(`/api/v2/dags/${DAG}`, { is_paused: value });
    await isPaused(true);
    const beforeMaking = performance.now();
    await inParallel(Array.from({ length: RUNS }), PARALLEL, () => api.trigger(DAG));
    const madeMs = performance.now() - beforeMaking;
    const startAt = Date.now();
    await isPaused(false);
    for (;;) {
      const live = await api.read(`/api/v2/dags/${DAG}/dagRuns?state=queued&state=running&limit=1`);
      if (live["total_entries"] === 0) break;
      await sleep(100);
    }
    const last = await api.read(`/api/v2/dags/${DAG}/dagRuns?state=success&order_by=-end_date&limit=1`);
    if (last["total_entries"] !== RUNS) throw new Error(`${last["total_entries"]} of ${RUNS} runs succeeded`);
    const [run] = last["dag_runs"] as readonly { readonly end_date: string }[];
    const ms = Date.parse(run?.end_date ?? "") - startAt;
    const overHttp = `${round(madeMs, 0)} ms over HTTP, ${round((RUNS * 1_000) / madeMs, 0)}/s`;
    const alone = `${round(await creationMs(), 0)} ms in the scheduler alone, in Node`;
    return {
      n: RUNS,
      ms,
      ofRaw: (RUNS * 1_000) / ms / echo,
      notes: `making them took ${overHttp}, the client's own time with it, and ${alone}; raw echo ${round(echo, 0)}/s`,
    };
  },
};

/** The time of the scheduler itself for as many triggers, each of them committed by itself. */
async function creationMs(): Promise<number> {
  const world = new SchedulerWorld();
  await world.sync(spec({ tasks: graphOf("only") }));
  const paused = world.scheduler.setPaused(true, tester);
  await world.pass(1_000);
  await paused;
  const request = { runId: null, logicalAt: null, conf: {}, note: null, idempotencyKey: null, bodyHash: null };
  const from = performance.now();
  // What follows the commit waits for the catalog, whose time is not the scheduler's.
  const replies = Array.from({ length: RUNS }, () => world.scheduler.trigger({ ...request, actor: tester }));
  const ms = performance.now() - from;
  await world.pass(5_000);
  const refused = (await Promise.all(replies)).filter(({ ok }) => !ok);
  if (refused.length > 0) throw new Error(`${refused.length} of ${RUNS} triggers were refused`);
  return ms;
}
