import { setTimeout as sleep } from "node:timers/promises";
import { inParallel } from "../../../src/lib/in-parallel.ts";
import { DUE_DAGS, nameOfDue } from "../dags.ts";
import type { Deployment } from "../deployment.ts";
import { quantile, round } from "../measure.ts";
import type { DeployedWorkload } from "../workload.ts";

const MINUTE_MS = 60_000;
/** An idle object is evicted after ten seconds; those of the benchmark are to be found asleep. */
const ASLEEP_MS = 20_000;

/** W5: a thousand DAGs that are due at the same minute, all of them asleep: how late the first task of each starts. */
export const schedule: DeployedWorkload = {
  name: "W5",
  title: "1,000 DAGs due at one minute",
  deployment: "due",
  isOnce: true,
  measure: async ({ updraft, raw }) => {
    const dagIds = Array.from({ length: DUE_DAGS }, (_, place) => nameOfDue(place));
    // Late in a minute, so that what the unpausing starts at once is over when the next one comes.
    await untilSecond(2);
    await setPaused(updraft, dagIds, false);
    await sleep(ASLEEP_MS);
    const at = Math.ceil((Date.now() + ASLEEP_MS) / MINUTE_MS) * MINUTE_MS;
    await sleep(at + 20_000 - Date.now());
    await setPaused(updraft, dagIds, true);
    const starts = await inParallel(dagIds, 10, (dagId) => startOf(updraft, dagId, at));
    const late = starts.flatMap((startAt) => (startAt === null ? [] : [startAt - at]));
    if (late.length !== DUE_DAGS) throw new Error(`${late.length} of ${DUE_DAGS} DAGs ran at their minute`);
    const limits = await raw.due(DUE_DAGS, Date.now() + ASLEEP_MS + 10_000);
    const p99Ms = quantile(late, 0.99);
    const rawP99 = quantile(limits, 0.99);
    return {
      n: DUE_DAGS,
      ms: Math.max(...late),
      p50Ms: quantile(late, 0.5),
      p99Ms,
      ofRaw: rawP99 / p99Ms,
      notes: `lateness; raw p50 ${round(quantile(limits, 0.5), 0)} ms, p99 ${round(rawP99, 0)} ms`,
    };
  },
};

async function untilSecond(second: number): Promise<void> {
  const into = Date.now() % MINUTE_MS;
  await sleep((second * 1_000 - into + MINUTE_MS) % MINUTE_MS);
}

async function setPaused(updraft: Deployment, dagIds: readonly string[], isPaused: boolean): Promise<void> {
  await inParallel(dagIds, 10, (dagId) => updraft.api.patch(`/api/v2/dags/${dagId}`, { is_paused: isPaused }));
}

/** When the task of the run that stands for this minute started. */
async function startOf(updraft: Deployment, dagId: string, at: number): Promise<number | null> {
  const runId = `scheduled__${new Date(at).toISOString().slice(0, -5)}+00:00`;
  const [times] = await updraft.page(dagId, runId, 1).catch(() => []);
  return times?.startAt ?? null;
}
