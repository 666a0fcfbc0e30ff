/**
 * `npm run bench -- [--workload W1,W2] [--runs N] [--json] [--cost] [--pages]`: what Updraft does per second on this machine, under
 * `wrangler dev` and over HTTP alone, beside what the platform itself takes for the same journeys in the same minutes.
 * Medians of the runs, after some that warm up what is measured and the raw limit alike; how long the very first one took
 * is told beside them. Only what is committed counts.
 */
import { parseArgs } from "node:util";
import metadata from "../../package.json" with { type: "json" };
import { measureCosts, tellCost } from "./cost.ts";
import { DEPLOYMENTS, Deployment, type DeploymentKind } from "./deployment.ts";
import { median, round } from "./measure.ts";
import { runPages } from "./pages/run-pages.ts";
import { RawLimits } from "./raw/raw-limits.ts";
import type { DeployedWorkload, Figures, Lab, Workload } from "./workload.ts";
import { workloads } from "./workloads.ts";

const { values: options } = parseArgs({
  options: {
    workload: { type: "string" },
    runs: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
    cost: { type: "boolean", default: false },
    pages: { type: "boolean", default: false },
    page: { type: "string", default: "" },
    requests: { type: "string", default: "40" },
    state: { type: "string" },
  },
});

/**
 * The engine compiles what it finds hot after the sixth or eighth run of a workload, with a step down by a third, and the
 * raw limit's code as well. A cold start has a workload of its own.
 */
const WARM_UP_RUNS = 10;

function say(text: string): void {
  if (!options.json) console.log(text);
}

function chosen(): readonly Workload[] {
  const names = options.workload?.toUpperCase().split(",");
  // W3 is measured on one DAG and on twenty (W3b).
  const isOne = (name: string, wanted: string) => name.toUpperCase() === wanted || name.replace(/b$/, "") === wanted;
  const found = workloads.filter(({ name }) => names === undefined || names.some((wanted) => isOne(name, wanted)));
  if (found.length > 0) return found;
  throw new Error(`No workload "${options.workload}": there are ${workloads.map(({ name }) => name).join(", ")}`);
}

type Line = Readonly<Record<"ms" | "rate" | "of_raw" | "cpu_ms" | "notes", unknown>>;

function tell({ ms, rate, of_raw: ofRaw, cpu_ms: cpuMs, notes }: Line): string {
  const compared = ofRaw === 0 ? "" : `, ${ofRaw} × the raw limit`;
  const computed = cpuMs === null ? "" : `, ${cpuMs} ms of processor`;
  return `${ms} ms, ${rate}/s${compared}${computed}; ${notes}`;
}

/** What is known of a workload besides the figures of each of its runs. */
interface Besides {
  /** What all processes of Updraft computed per run, which a machine that others use falsifies less than the time that passed. */
  readonly cpuMs: number | null;
  /** Of the first run of all, which found everything cold; null when there was no warming up. */
  readonly firstMs: number | null;
}

function report({ name, title, system }: Workload, figures: readonly Figures[], { cpuMs, firstMs }: Besides): void {
  const of = (value: (one: Figures) => number | undefined) => round(median(figures.map((one) => value(one) ?? 0)));
  const ms = of((one) => one.ms);
  // The run in the middle speaks for all.
  const middle = figures.find((one) => round(one.ms) === ms);
  const rate = round(((middle?.n ?? 0) * 1_000) / ms, 0);
  const cold = firstMs === null ? "" : `; ${round(firstMs, 0)} ms the first time`;
  const [p50, p99, ofRaw] = [of((one) => one.p50Ms), of((one) => one.p99Ms), of((one) => one.ofRaw)];
  const line = {
    system: system ?? "updraft",
    version: metadata.version,
    workload: name,
    n: middle?.n,
    ms,
    rate,
    p50_ms: p50,
    p99_ms: p99,
    of_raw: ofRaw,
    cpu_ms: cpuMs === null ? null : round(cpuMs, 0),
    notes: `${middle?.notes}${cold}`,
  };
  if (options.json) console.log(JSON.stringify(line));
  else console.log(`${name.padEnd(4)} ${title}: ${tell(line)}`);
}

async function measureAll(list: readonly DeployedWorkload[], lab: Lab): Promise<void> {
  for (const workload of list) {
    const warmUp: Figures[] = [];
    while (workload.isOnce !== true && warmUp.length < WARM_UP_RUNS) warmUp.push(await workload.measure(lab));
    const figures: Figures[] = [];
    const runs = workload.isOnce === true ? 1 : Number(options.runs);
    const cpuBefore = lab.updraft.cpuMs();
    for (let run = 0; run < runs; run++) figures.push(await workload.measure(lab));
    report(workload, figures, { cpuMs: (lab.updraft.cpuMs() - cpuBefore) / runs, firstMs: warmUp[0]?.ms ?? null });
  }
}

async function withDeployment(kind: DeploymentKind, work: (updraft: Deployment) => Promise<void>): Promise<void> {
  const updraft = await Deployment.open(kind);
  try {
    await work(updraft);
  } finally {
    await updraft.close();
  }
}

async function measureCost(): Promise<void> {
  await withDeployment("counting", async (updraft) => {
    for (const cost of await measureCosts(updraft)) console.log(options.json ? JSON.stringify(cost) : tellCost(cost));
  });
}

async function measureWorkloads(): Promise<void> {
  const raw = await RawLimits.open();
  try {
    for (const kind of Object.keys(DEPLOYMENTS) as DeploymentKind[]) {
      const list = chosen().filter((one): one is DeployedWorkload => one.deployment === kind);
      if (list.length > 0) await withDeployment(kind, (updraft) => measureAll(list, { updraft, raw }));
    }
  } finally {
    await raw.close();
  }
  for (const workload of chosen())
    if (workload.deployment === "none")
      report(workload, [await workload.measureAlone()], { cpuMs: null, firstMs: null });
}

// What was started ends with this process.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));
say("The local runtime's store of traces is off (X_LOCAL_OBSERVABILITY=false), as under npm start.");
if (options.cost) await measureCost();
else if (options.pages) {
  const times = await runPages(options.state ?? null, { count: Number(options.requests), part: options.page });
  if (options.json) for (const one of times) console.log(JSON.stringify(one));
  else console.table(Object.fromEntries(times.map(({ address: _address, name, ...figures }) => [name, figures])));
} else await measureWorkloads();
