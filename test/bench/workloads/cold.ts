import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runPath } from "../../e2e/api.ts";
import { Deployment } from "../deployment.ts";
import { median, round } from "../measure.ts";
import type { LoneWorkload } from "../workload.ts";
import { runWrangler } from "../wrangler-process.ts";

const LIVE = 10_000;
/** An idle object is evicted after ten seconds. */
const EVICTED_MS = 15_000;

/** W9: a process that starts, an object that wakes with many live task instances, and the size and start of the bundle. */
export const cold: LoneWorkload = {
  name: "W9",
  title: "cold start",
  deployment: "none",
  measureAlone: async () => {
    const updraft = await Deployment.open("small");
    try {
      await updraft.run("bench_one");
      const ms = performance.now() - updraft.startedAt;
      const wake = await wakeMs(updraft);
      const startUp = startUpMs(dirname(updraft.bundle.config));
      const gzip = round(updraft.bundle.gzipBytes / 1_000, 0);
      return {
        n: 1,
        ms,
        p50Ms: wake.asleepMs,
        notes: `from the start of the process to the end of the first task, sign-in included; ${round(wake.asleepMs, 0)} ms for the first answer of an object with ${LIVE} live task instances (awake ${round(wake.awakeMs, 0)} ms); bundle ${gzip} kB compressed, ${startUp} ms of processor to start`,
      };
    } finally {
      await updraft.close();
    }
  },
};

/** Instances that wait for a pool without slots. */
async function wakeMs({ api }: Deployment): Promise<{ readonly asleepMs: number; readonly awakeMs: number }> {
  await api.post("/api/v2/pools", { name: "closed", slots: 0 });
  const runId = await api.trigger("bench_waiting", { conf: { count: LIVE } });
  const path = runPath("bench_waiting", runId);
  for (;;) {
    const page = await api.read(`${path}/taskInstances?limit=1`);
    if (Number(page["total_entries"]) > LIVE) break;
    await sleep(200);
  }
  const ask = async () => {
    const before = performance.now();
    await api.read(path);
    return performance.now() - before;
  };
  await sleep(EVICTED_MS);
  return { asleepMs: await ask(), awakeMs: await ask() };
}

/** Of a profile that wrangler takes of the start in the local runtime, without what is idle. */
function startUpMs(folder: string): number {
  const outfile = join(folder, "start.cpuprofile");
  const upload = join(folder, "upload");
  runWrangler(["deploy", "--dry-run", "--outfile", upload, "--config", join(dirname(folder), "wrangler.toml")]);
  runWrangler(["check", "startup", "--worker", upload, "--outfile", outfile]);
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(outfile, "utf8")) as Profile;
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === "(idle)").map(({ id }) => id));
  // By the number of samples: what else the machine did between two of them is not the Worker's.
  const busyCount = samples.filter((id) => !idle.has(id)).length;
  return round((busyCount * median(timeDeltas)) / 1_000, 0);
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string } }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}
