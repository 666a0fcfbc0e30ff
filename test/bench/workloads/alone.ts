import { runPath } from "../../e2e/api.ts";
import type { Deployment } from "../deployment.ts";
import { quantile, round } from "../measure.ts";
import type { DeployedWorkload } from "../workload.ts";

const SIZES = [100, 1_000, 10_000];
const PAGES = ["/api/v2/dags?limit=100", "/api/v2/dags/~/dagRuns?limit=100"];

/** W10: what one task costs in runs of different sizes, and how long a page of the API takes while the largest runs. */
export const alone: DeployedWorkload = {
  name: "W10",
  title: "one task of 100, 1,000 and 10,000; a page under load",
  deployment: "plain",
  isOnce: true,
  measure: async ({ updraft }) => {
    const perTask: number[] = [];
    for (const count of SIZES) {
      await updraft.run("bench_wide", { count });
      const run = await updraft.run("bench_wide", { count });
      perTask.push((run.endAt - run.startAt) / count);
    }
    const quiet = await pageTimes(updraft, async () => false);
    const runId = await updraft.api.trigger("bench_wide", { conf: { count: 20_000 } });
    const isLive = async () => (await updraft.api.read(runPath("bench_wide", runId)))["state"] !== "success";
    const loaded = await pageTimes(updraft, isLive);
    const [small = 0, , large = 0] = perTask;
    const told = SIZES.map((size, place) => `${round(perTask[place] ?? 0, 3)} ms of ${size}`).join(", ");
    const pages = `a page takes p50 ${round(quantile(quiet, 0.5))} ms alone and p50 ${round(quantile(loaded, 0.5))}, p99 ${round(quantile(loaded, 0.99))} ms under load`;
    return {
      n: SIZES.at(-1) ?? 0,
      ms: large * (SIZES.at(-1) ?? 0),
      p50Ms: quantile(loaded, 0.5),
      p99Ms: quantile(loaded, 0.99),
      notes: `a task costs ${told} (${round(large / small)} times); ${pages} (${loaded.length} pages)`,
    };
  },
};

/** Asks for pages while `isLive`, or twenty of them. */
async function pageTimes({ api }: Deployment, isLive: () => Promise<boolean>): Promise<readonly number[]> {
  const times: number[] = [];
  do {
    for (const page of PAGES) {
      const before = performance.now();
      await api.read(page);
      times.push(performance.now() - before);
    }
  } while ((await isLive()) || times.length < 20);
  return times;
}
