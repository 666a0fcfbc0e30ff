/**
 * How long the Worker takes for each page, asked one after another over HTTP, and how much processor all of its processes
 * need for it, which a machine that others use falsifies less than the time that passed.
 */
import { gzipSync } from "node:zlib";
import type { Deployment } from "../deployment.ts";
import { median, quantile, round } from "../measure.ts";
import { GRID_SIZES, nameOfGrid, WAITING } from "./dags.ts";
import type { SeededRuns } from "./seed.ts";

export interface PageTimes {
  readonly address: string;
  readonly p50: number;
  readonly p95: number;
  readonly cpuMs: number;
  readonly kilobytes: number;
}

/** Answers nothing that anybody computes: what HTTP and the local runtime cost by themselves. */
const NOTHING = "/bench/nothing";

export function addressesOf(runs: SeededRuns): readonly string[] {
  const [small, large] = GRID_SIZES;
  const dag = `/dags/${nameOfGrid(large)}`;
  const run = `${dag}/runs/${encodeURIComponent(runs.grids[large] ?? "")}`;
  const waiting = `/dags/${WAITING}/runs/${encodeURIComponent(runs.waiting)}`;
  const tabs = [
    "graph",
    "graph?focus=group_050.task_25",
    "gantt",
    "runs",
    "tasks",
    "calendar",
    "durations",
    "code",
    "events",
    "details",
    "trigger",
  ];
  return [
    NOTHING,
    ...["/", "/?range=7d"],
    ...[
      "/dags",
      "/dags?state=failed",
      "/dags?q=dag_09&tag=tag_13&sort=-latest_run",
      "/dags?sort=next_run",
      "/dags?sort=state",
    ],
    ...["/runs", "/runs?state=failed", "/runs?q=there-is-none", "/runs?dag=dag_00050"],
    ...["/task-instances", "/task-instances?state=failed", "/task-instances?q=nothing"],
    ...["/xcoms", "/xcoms?q=nothing", "/pools", "/jobs", "/audit-log", "/audit-log?q=nothing", "/import-errors"],
    ...["/users", "/configuration", "/search?q=dag_077"],
    `/dags/${nameOfGrid(small)}`,
    ...[dag, `${dag}?groups=open`, `${dag}?groups=open&from=2500`, `${dag}?view=table`],
    ...tabs.map((tab) => `${dag}/${tab}`),
    ...[run, `${run}?state=failed`, `${run}/comparison?with=earlier_01`, `${run}/events`],
    ...["", "/xcom", "/details", "/code", "/events", "/instances"].map((tab) => `${run}/tasks/group_050.task_25${tab}`),
    ...[
      waiting,
      `${waiting}?open=part`,
      `${waiting}/tasks/part/instances`,
      `${waiting}/tasks/part/instances?offset=99900`,
    ],
    `${waiting}/tasks/part?map_index=77777`,
  ];
}

export async function measurePage(updraft: Deployment, address: string, count: number): Promise<PageTimes> {
  const ask = async () => {
    const start = performance.now();
    const response = await updraft.api.page(address);
    const text = await response.text();
    const ms = performance.now() - start;
    if (response.status !== (address === NOTHING ? 404 : 200))
      throw new Error(`${address} answered ${response.status}: ${text.slice(0, 500)}`);
    return { ms, text };
  };
  for (let warm = 0; warm < 3; warm++) await ask();
  const cpuBefore = updraft.cpuMs();
  const times: number[] = [];
  let text = "";
  for (let one = 0; one < count; one++) {
    const answer = await ask();
    times.push(answer.ms);
    text = answer.text;
  }
  const cpuMs = round((updraft.cpuMs() - cpuBefore) / count, 1);
  const kilobytes = round(gzipSync(text).length / 1_000, 1);
  return { address, p50: round(median(times), 1), p95: round(quantile(times, 0.95), 1), cpuMs, kilobytes };
}
