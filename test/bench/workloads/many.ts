import { MANY_DAGS, nameOfMany } from "../dags.ts";
import type { FinishedRun } from "../deployment.ts";
import { quantile, round } from "../measure.ts";
import type { RawLimits } from "../raw/raw-limits.ts";
import type { DeployedWorkload, Figures, Lab } from "../workload.ts";

const RUNS = 200;
const LENGTH = 10;

/** W3: many short runs at once. They are triggered while their DAGs are paused, and one request resumes those: no client sets a pace. */
export const many: DeployedWorkload = {
  name: "W3",
  title: "200 runs of 10 tasks, one DAG",
  deployment: "plain",
  measure: (lab) => measureMany(lab, "bench_chain_10", ["bench_chain_10"]),
};

export const manyOverDags: DeployedWorkload = {
  name: "W3b",
  title: "200 runs of 10 tasks, 20 DAGs",
  deployment: "plain",
  measure: (lab) =>
    measureMany(
      lab,
      "bench_many_",
      Array.from({ length: MANY_DAGS }, (_, place) => nameOfMany(place)),
    ),
};

async function measureMany({ updraft, raw }: Lab, pattern: string, dagIds: readonly string[]): Promise<Figures> {
  const limit = await limitOf(raw, dagIds.length);
  const setPaused = async (isPaused: boolean) => {
    const answer = await updraft.api.patch(`/api/v2/dags?dag_id_pattern=${pattern}`, { is_paused: isPaused });
    if (answer["total_entries"] !== dagIds.length)
      throw new Error(`Not all DAGs like "${pattern}" were paused or resumed`);
  };
  await setPaused(true);
  const triggered: { readonly dagId: string; readonly runId: string }[] = [];
  for (let place = 0; place < RUNS; place++) {
    const dagId = dagIds[place % dagIds.length] ?? "";
    triggered.push({ dagId, runId: await updraft.api.trigger(dagId) });
  }
  const before = performance.now();
  await setPaused(false);
  // The last ones end last; asking for all of them would be most of the work.
  const runs: FinishedRun[] = [];
  for (const { dagId, runId } of triggered.toReversed()) runs.push(await updraft.end(dagId, runId));
  const clientMs = performance.now() - before;
  const startAt = Math.min(...runs.map((run) => run.startAt));
  const ms = Math.max(...runs.map((run) => run.endAt)) - startAt;
  const n = RUNS * LENGTH;
  const [last] = runs;
  const committed = last === undefined ? 0 : await updraft.committedCount(last.dagId, last.runId, LENGTH);
  if (committed !== LENGTH) throw new Error(`${committed} of ${LENGTH} task instances of a run are in the catalog`);
  const durations = runs.map((run) => run.endAt - run.startAt);
  return {
    n,
    ms,
    p50Ms: quantile(durations, 0.5),
    p99Ms: quantile(durations, 0.99),
    ofRaw: (n * 1_000) / ms / limit,
    notes: `raw ${dagIds.length === 1 ? "echo" : "calls"} ${round(limit, 0)}/s, client ${round(clientMs, 0)} ms; p50 and p99 of a run's own duration`,
  };
}

/** One object takes all tasks of a step in two calls. Many have a call each, ten tasks at a time, which is another limit. */
async function limitOf(raw: RawLimits, objects: number): Promise<number> {
  if (objects === 1) return raw.echo(RUNS * LENGTH);
  // The first calls also make the objects.
  await raw.calls(objects, 1);
  return raw.calls(objects, LENGTH);
}
