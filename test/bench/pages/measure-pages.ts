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
  /** The address without the ids of runs, for people. */
  readonly name: string;
  readonly p50: number;
  readonly p95: number;
  readonly cpuMs: number;
  readonly kilobytes: number;
}

export interface PageOptions {
  /** How often each page is asked for. */
  readonly count: number;
  /** Only addresses that contain this. */
  readonly part?: string;
}

/** Nobody computes anything for it: what HTTP and the local runtime cost by themselves. */
const NOTHING = "/bench/nothing";
/** The first requests of a page run code that is not compiled yet: a worker that serves people has that behind it. */
const WARM_UP = 8;

export async function measurePages(
  updraft: Deployment,
  runs: SeededRuns,
  { count, part = "" }: PageOptions,
): Promise<readonly PageTimes[]> {
  const addresses = addressesOf(runs).filter((address) => address.includes(part));
  // Beside what a worker does when it starts, the first pages would be slower than the others.
  for (const address of addresses) await ask(updraft, address);
  const times: PageTimes[] = [];
  for (const address of addresses) times.push(await measurePage(updraft, address, count));
  return times;
}

function addressesOf(runs: SeededRuns): readonly string[] {
  const [small, large] = GRID_SIZES;
  const dag = `/dags/${nameOfGrid(large)}`;
  const run = `${dag}/runs/${encodeURIComponent(runs.grids[large] ?? "")}`;
  const waiting = `/dags/${WAITING}/runs/${encodeURIComponent(runs.waiting)}`;
  const ofDags = ["", "?state=failed", "?q=dag_09&tag=tag_13&sort=-latest_run", "?sort=next_run", "?sort=state"];
  const ofDag = ["graph", "graph?focus=group_050.task_25", "gantt", "runs", "tasks", "calendar", "durations", "code"];
  const ofTask = ["", "/xcom", "/details", "/code", "/events", "/instances"];
  return [
    ...[NOTHING, "/", "/?range=7d"],
    ...ofDags.map((query) => `/dags${query}`),
    ...["/runs", "/runs?state=failed", "/runs?q=there-is-none", "/runs?dag=dag_00050"],
    ...["/task-instances", "/task-instances?state=failed", "/task-instances?q=nothing"],
    ...["/xcoms", "/xcoms?q=nothing", "/pools", "/jobs", "/audit-log", "/audit-log?q=nothing", "/import-errors"],
    ...["/users", "/tokens", "/configuration", "/search?q=dag_077"],
    `/dags/${nameOfGrid(small)}`,
    ...[dag, `${dag}?groups=open`, `${dag}?groups=open&from=2500`, `${dag}?view=table`],
    ...[...ofDag, "events", "details", "trigger"].map((tab) => `${dag}/${tab}`),
    ...[run, `${run}?state=failed`, `${run}/comparison?with=earlier_01`, `${run}/events`],
    ...ofTask.map((tab) => `${run}/tasks/group_050.task_25${tab}`),
    ...[waiting, `${waiting}?open=part`, `${waiting}/tasks/part/instances`],
    ...[`${waiting}/tasks/part/instances?offset=99900`, `${waiting}/tasks/part?map_index=77777`],
  ];
}

async function measurePage(updraft: Deployment, address: string, count: number): Promise<PageTimes> {
  for (let warm = 0; warm < WARM_UP; warm++) await ask(updraft, address);
  const cpuBefore = updraft.cpuMs();
  const times: number[] = [];
  let text = "";
  for (let one = 0; one < count; one++) {
    const answer = await ask(updraft, address);
    times.push(answer.ms);
    text = answer.text;
  }
  const cpuMs = round((updraft.cpuMs() - cpuBefore) / count, 1);
  const kilobytes = round(gzipSync(text).length / 1_000, 1);
  const name = address.replace(/runs\/manual[^/?]*/, "runs/…");
  return { address, name, p50: round(median(times), 1), p95: round(quantile(times, 0.95), 1), cpuMs, kilobytes };
}

async function ask(updraft: Deployment, address: string): Promise<{ readonly ms: number; readonly text: string }> {
  const start = performance.now();
  const response = await updraft.api.page(address);
  const text = await response.text();
  const ms = performance.now() - start;
  if (response.status === (address === NOTHING ? 404 : 200)) return { ms, text };
  throw new Error(`${address} answered ${response.status}: ${text.slice(0, 500)}`);
}
