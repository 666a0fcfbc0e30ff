import { setTimeout as sleep } from "node:timers/promises";
import { inParallel } from "../../../src/lib/in-parallel.ts";
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
    const making = `making them over HTTP took ${round(madeMs, 0)} ms, ${round((RUNS * 1_000) / madeMs, 0)}/s`;
    return {
      n: RUNS,
      ms,
      ofRaw: (RUNS * 1_000) / ms / echo,
      notes: `${making}, the client's own time with it; raw echo ${round(echo, 0)}/s`,
    };
  },
};
