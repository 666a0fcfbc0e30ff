/** A running Updraft of the benchmark, on a state of its own, and its API. Everything is asked over HTTP. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Api, runPath } from "../e2e/api.ts";
import { type Bundle, type BundleOptions, buildBundle } from "./bundle.ts";
import type { Counts } from "./counting-worker.ts";
import { WranglerProcess } from "./wrangler-process.ts";

/** What a workload needs: the plain Worker, one with many DAGs besides, or one that counts its operations. */
export const DEPLOYMENTS = {
  plain: { name: "bench", main: "workers/cloudflare/worker.ts", manifest: "test/bench/manifest.ts" },
  small: { name: "bench-small", main: "workers/cloudflare/worker.ts", manifest: "test/bench/manifest-small.ts" },
  due: { name: "bench-due", main: "workers/cloudflare/worker.ts", manifest: "test/bench/manifest-due.ts" },
  idle: { name: "bench-idle", main: "test/bench/counting-worker.ts", manifest: "test/bench/manifest-idle.ts" },
  pages: { name: "bench-pages", main: "test/bench/pages/worker.ts", manifest: "test/bench/manifest-pages.ts" },
  counting: { name: "bench-counting", main: "test/bench/counting-worker.ts", manifest: "test/bench/manifest.ts" },
} as const satisfies Readonly<Record<string, BundleOptions>>;
export type DeploymentKind = keyof typeof DEPLOYMENTS;

const SETUP_TOKEN = "a-token-of-the-benchmark";
/** Each question costs the machine milliseconds; the times are the scheduler's own. */
const POLL_MS = 100;
const RUN_LIMIT_MS = 300_000;

/** A folder that is kept. */
export interface GivenState {
  readonly folder: string;
  readonly hasUser: boolean;
  readonly variables: Readonly<Record<string, string>>;
}

export interface FinishedRun {
  readonly dagId: string;
  readonly runId: string;
  readonly queuedAt: number;
  readonly startAt: number;
  readonly endAt: number;
}

export interface TaskTimes {
  readonly taskId: string;
  readonly queuedAt: number;
  readonly startAt: number;
  readonly endAt: number;
}

export class Deployment {
  readonly api: Api;
  readonly url: string;
  readonly bundle: Bundle;
  readonly #server: WranglerProcess;
  /** Goes with the deployment, unless it was there before. */
  readonly #ownFolder: string | null;

  private constructor(server: WranglerProcess, bundle: Bundle, ownFolder: string | null) {
    this.#server = server;
    this.bundle = bundle;
    this.#ownFolder = ownFolder;
    this.url = server.url;
    this.api = new Api(server.url);
  }

  /** On a state of its own, or on one that an earlier deployment left. */
  static async open(kind: DeploymentKind, given: GivenState | null = null): Promise<Deployment> {
    const bundle = buildBundle(DEPLOYMENTS[kind]);
    const stateFolder = given?.folder ?? mkdtempSync(join(tmpdir(), "updraft-bench-"));
    const server = await WranglerProcess.start({
      config: bundle.config,
      stateFolder,
      variables: { SETUP_TOKEN, ...given?.variables },
      healthPath: "/api/v2/monitor/health",
    });
    const deployment = new Deployment(server, bundle, given === null ? stateFolder : null);
    if (given?.hasUser !== true)
      await deployment.api.post("/auth/setup", { token: SETUP_TOKEN, username: "bench", password: "bench-password" });
    await deployment.api.signIn("bench", "bench-password");
    return deployment;
  }

  get startedAt(): number {
    return this.#server.startedAt;
  }

  cpuMs(): number {
    return this.#server.cpuMs();
  }

  async close(): Promise<void> {
    await this.#server.stop();
    if (this.#ownFolder !== null) rmSync(this.#ownFolder, { recursive: true, force: true });
  }

  /** As the platform does once a minute, with the instant that it says it is. */
  async fireCron(at: number): Promise<void> {
    const address = `${this.url}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}&time=${at}`;
    const response = await fetch(address);
    if (!response.ok) throw new Error(`The trigger of a minute answered ${response.status}: ${await response.text()}`);
  }

  /** What was counted since the last question; only a counting deployment answers. */
  async takeCounts(): Promise<Counts> {
    return (await this.api.read("/bench/counts")) as unknown as Counts;
  }

  /** Triggers a run and waits for its end, which must be a success. */
  async run(dagId: string, conf: Readonly<Record<string, unknown>> = {}): Promise<FinishedRun> {
    return this.end(dagId, await this.api.trigger(dagId, { conf }));
  }

  async end(dagId: string, runId: string): Promise<FinishedRun> {
    const limit = AbortSignal.timeout(RUN_LIMIT_MS);
    for (;;) {
      const run = await this.api.read(runPath(dagId, runId));
      const instant = (name: string) => Date.parse(String(run[name]));
      if (run["state"] === "success") {
        return {
          dagId,
          runId,
          queuedAt: instant("queued_at"),
          startAt: instant("start_date"),
          endAt: instant("end_date"),
        };
      }
      if (run["state"] === "failed" || limit.aborted)
        throw new Error(`Run "${runId}" of "${dagId}" is ${run["state"]}`);
      await sleep(POLL_MS);
    }
  }

  /** Of all task instances of a run, as the scheduler recorded them. */
  async times(dagId: string, runId: string): Promise<readonly TaskTimes[]> {
    return (await this.api.taskInstances(dagId, runId)).map(timesOf);
  }

  async page(dagId: string, runId: string, limit: number): Promise<readonly TaskTimes[]> {
    const page = await this.api.read(`${runPath(dagId, runId)}/taskInstances?limit=${limit}`);
    return (page["task_instances"] as readonly Record<string, unknown>[]).map(timesOf);
  }

  /** How many task instances of a run the catalog has with a result: what is not committed does not count. */
  async committedCount(dagId: string, runId: string, expected: number): Promise<number> {
    const path = `${runPath(dagId, runId)}/taskInstances?state=success&limit=1`;
    for (let wait = 0; ; wait++) {
      const count = Number((await this.api.read(path))["total_entries"]);
      if (count >= expected || wait > 400) return count;
      await sleep(POLL_MS);
    }
  }
}

function timesOf(row: Readonly<Record<string, unknown>>): TaskTimes {
  return {
    taskId: String(row["task_id"]),
    queuedAt: Date.parse(String(row["queued_when"])),
    startAt: Date.parse(String(row["start_date"])),
    endAt: Date.parse(String(row["end_date"])),
  };
}
