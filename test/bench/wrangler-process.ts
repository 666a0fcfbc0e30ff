/** `wrangler dev` of a bundle that is there already, on a state of its own, and the building of that bundle. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../tidy/source-tree.ts";

const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");

const quiet = {
  // The local store of traces records every call.
  X_LOCAL_OBSERVABILITY: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  CI: "1",
  NO_COLOR: "1",
};

export function runWrangler(args: readonly string[]): string {
  const env = { ...process.env, ...quiet };
  return execFileSync(process.execPath, [wrangler, ...args], { cwd: root, encoding: "utf8", env, stdio: "pipe" });
}

/** Process groups that must not outlive this process, however it ends. */
const groups = new Set<number>();
process.on("exit", () => groups.forEach(killGroup));

function killGroup(group: number): void {
  groups.delete(group);
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

export class WranglerProcess {
  readonly url: string;
  readonly startedAt = performance.now();
  readonly #child: ChildProcess;
  readonly #said: string[] = [];

  private constructor(config: string, port: number, stateFolder: string, variables: Readonly<Record<string, string>>) {
    this.url = `http://127.0.0.1:${port}`;
    const flags = ["--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--persist-to", stateFolder];
    const values = Object.entries(variables).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
    const args = [wrangler, "dev", "--config", config, ...flags, "--show-interactive-dev-session", "false", ...values];
    this.#child = spawn(process.execPath, args, {
      cwd: root,
      detached: true,
      env: { ...process.env, ...quiet, WRANGLER_LOG_PATH: join(stateFolder, "wrangler.log") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (this.#child.pid !== undefined) groups.add(this.#child.pid);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (chunk: Buffer) => this.#said.push(chunk.toString()));
    }
  }

  static async start(options: {
    readonly config: string;
    readonly stateFolder: string;
    readonly variables?: Readonly<Record<string, string>>;
    /** Answers 200 once it serves. */
    readonly healthPath: string;
  }): Promise<WranglerProcess> {
    const server = new WranglerProcess(options.config, await freePort(), options.stateFolder, options.variables ?? {});
    for (let wait = 0; wait < 1_200; wait++) {
      if (await isServing(server.url + options.healthPath)) return server;
      if (server.#child.exitCode !== null) break;
      await sleep(50);
    }
    await server.stop();
    throw new Error(`wrangler does not serve ${options.config}; it said:\n${server.said.slice(-4_000)}`);
  }

  get said(): string {
    return this.#said.join("");
  }

  /** Processor time of wrangler and both of its workerd so far, in milliseconds, as the kernel counts it. */
  cpuMs(): number {
    const ticks = execFileSync("ps", ["-eo", "pid=,pgid="], { encoding: "utf8" })
      .split("\n")
      .map((row) => row.trim().split(/\s+/))
      .filter(([, group]) => Number(group) === this.#child.pid)
      .map(([pid]) => ticksOf(pid ?? ""));
    return ticks.reduce((sum, one) => sum + one, 0) * 10;
  }

  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    const exit = this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, "exit") : null;
    killGroup(pid);
    await exit;
  }
}

/** Whoever answers, and then closes the connection, is still starting. */
async function isServing(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function ticksOf(pid: string): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0; // It has ended meanwhile.
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  if (address === null || typeof address === "string") throw new Error("No port");
  probe.close();
  await once(probe, "close");
  return address.port;
}
