import { FAN_WIDTH } from "../dags.ts";
import type { FinishedRun } from "../deployment.ts";
import { quantile, round } from "../measure.ts";
import type { DeployedWorkload, Figures, Lab } from "../workload.ts";

const WIDE = 10_000;

/** W2: tasks that need nothing of each other, and one that waits for all of them. */
export const fan: DeployedWorkload = {
  name: "W2",
  title: "fan-out of 1,000 and a join",
  deployment: "plain",
  measure: async (lab) => {
    const echo = await lab.raw.echo(FAN_WIDTH);
    const before = performance.now();
    const run = await lab.updraft.run("bench_fan");
    return figuresOf(lab, run, FAN_WIDTH + 1, echo, performance.now() - before);
  },
};

/** W4: the same with the instances of one mapped task. */
export const wide: DeployedWorkload = {
  name: "W4",
  title: "10,000 mapped instances and a join",
  deployment: "plain",
  measure: async (lab) => {
    const echo = await lab.raw.echo(WIDE);
    const before = performance.now();
    const run = await lab.updraft.run("bench_wide", { count: WIDE });
    return figuresOf(lab, run, WIDE + 2, echo, performance.now() - before);
  },
};

async function figuresOf(lab: Lab, run: FinishedRun, n: number, echo: number, clientMs: number): Promise<Figures> {
  const committed = await lab.updraft.committedCount(run.dagId, run.runId, n);
  if (committed !== n) throw new Error(`${committed} of ${n} task instances are in the catalog`);
  const catalogMs = Date.now() - run.endAt;
  const ms = run.endAt - run.startAt;
  // A page of them, for reading ten thousand takes longer than running them.
  const waits = (await lab.updraft.page(run.dagId, run.runId, 100)).map(({ startAt, queuedAt }) => startAt - queuedAt);
  const rate = (n * 1_000) / ms;
  return {
    n,
    ms,
    p50Ms: quantile(waits, 0.5),
    p99Ms: quantile(waits, 0.99),
    ofRaw: rate / echo,
    notes: `raw echo ${round(echo, 0)}/s, client ${round(clientMs, 0)} ms, all in the catalog at most ${catalogMs} ms after the end; p50 and p99 from queued to start`,
  };
}
