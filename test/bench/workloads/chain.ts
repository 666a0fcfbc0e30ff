import { quantile, round } from "../measure.ts";
import type { DeployedWorkload } from "../workload.ts";

const LENGTH = 100;

/** W1: from the end of one task to the end of the next, and so with claim, execution, report and commit. */
export const chain: DeployedWorkload = {
  name: "W1",
  title: "chain of 100",
  deployment: "plain",
  measure: async ({ updraft, raw }) => {
    const hopMs = await raw.chain(LENGTH);
    const before = performance.now();
    const run = await updraft.run("bench_chain");
    const clientMs = performance.now() - before;
    const ends = (await updraft.times(run.dagId, run.runId)).map(({ endAt }) => endAt).sort((a, b) => a - b);
    const hops = ends.map((at, place) => at - (ends[place - 1] ?? run.startAt));
    const ms = run.endAt - run.startAt;
    return {
      n: LENGTH,
      ms,
      p50Ms: quantile(hops, 0.5),
      p99Ms: quantile(hops, 0.99),
      ofRaw: hopMs / (ms / LENGTH),
      notes: `${round(ms / LENGTH)} ms per hop, raw queue hop ${round(hopMs)} ms, client ${round(clientMs, 0)} ms`,
    };
  },
};
