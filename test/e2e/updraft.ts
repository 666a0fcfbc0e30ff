/** A running `npm start` of a project: its output, its API, and the ways to end it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Api } from "./api.ts";
import type { Project } from "./project.ts";

export interface StartOptions {
  /** Further environment, such as `UPDRAFT_NO_CRON`. */
  readonly env?: Readonly<Record<string, string>>;
  /** The password of an earlier start on the same state, which is printed only once. */
  readonly password?: string;
  /** After `npm start --`. */
  readonly args?: readonly string[];
}

export class Updraft {
  readonly url: string;
  readonly api: Api;
  readonly password: string;
  readonly #child: ChildProcess;
  readonly #stateFolder: string;
  readonly #output: string[];

  private constructor(
    child: ChildProcess,
    parts: { readonly url: string; readonly password: string; readonly stateFolder: string; readonly output: string[] },
  ) {
    this.#child = child;
    this.#stateFolder = parts.stateFolder;
    this.#output = parts.output;
    this.url = parts.url;
    this.password = parts.password;
    this.api = new Api(parts.url);
  }

  /** Starts the project on a free port; resolves, signed in, once it said `ready`. */
  static async start(project: Project, options: StartOptions = {}): Promise<Updraft> {
    const { child, port, stateFolder } = await launch(project, options);
    const output: string[] = [];
    const text = await readUntilReady(child, output);
    const password = options.password ?? /^ {2}password {2}(\S+) {3}\(shown/m.exec(text)?.[1];
    if (password === undefined) throw new Error(`No password in the output of the first start:\n${text}`);
    const server = new Updraft(child, { url: `http://127.0.0.1:${port}`, password, stateFolder, output });
    await server.api.signIn("admin", password);
    return server;
  }

  /** Starts the project and kills it `afterMs` later, ready or not. */
  static async startAndKill(project: Project, afterMs: number, options: StartOptions = {}): Promise<void> {
    const { child, stateFolder } = await launch(project, options);
    child.stdout?.resume();
    child.stderr?.resume();
    const exit = once(child, "exit");
    await Promise.race([exit, sleep(afterMs)]);
    child.kill("SIGKILL");
    const { pid, server } = JSON.parse(readFileSync(join(stateFolder, "lock.json"), "utf8"));
    // Before it took the lock, the file is that of an earlier start, and nothing of this one runs.
    if (pid === child.pid && server !== null) killGroup(server);
    await exit;
  }

  /** What it printed so far. */
  get output(): string {
    return this.#output.join("");
  }

  get log(): string {
    return readFileSync(join(this.#stateFolder, "wrangler.log"), "utf8");
  }

  /** As Ctrl-C does; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await exit;
  }

  /** As a power cut does: workerd, wrangler and `npm start` at once, none of them asked. */
  async kill(): Promise<void> {
    const exit = once(this.#child, "exit");
    const group = this.serverGroup();
    this.#child.kill("SIGKILL");
    killGroup(group);
    await exit;
  }

  /** Kills the workerd processes alone: wrangler starts new ones. */
  killRuntime(): void {
    const runtimes = this.processes().filter(({ command }) => command.includes("workerd serve"));
    if (runtimes.length === 0) throw new Error("No workerd runs");
    for (const { pid } of runtimes) process.kill(pid, "SIGKILL");
  }

  serverGroup(): number {
    return Number(JSON.parse(readFileSync(join(this.#stateFolder, "lock.json"), "utf8")).server);
  }

  /** The processes of the server's group, without those that are dead and wait for somebody to ask how they ended. */
  processes(group = this.serverGroup()): readonly { readonly pid: number; readonly command: string }[] {
    const rows = execFileSync("ps", ["-eo", "pid=,pgid=,args="], { encoding: "utf8" }).split("\n");
    return rows.flatMap((row) => {
      const [, pid, pgid, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
      return command !== undefined && !command.endsWith("<defunct>") && Number(pgid) === group
        ? [{ pid: Number(pid), command }]
        : [];
    });
  }
}

async function launch(project: Project, options: StartOptions) {
  const stateFolder = join(project.path, ".updraft/state");
  const port = await freePort();
  const child = spawn(process.execPath, ["workers/node/standalone.ts", ...(options.args ?? [])], {
    cwd: project.path,
    env: { ...process.env, PORT: String(port), UPDRAFT_STATE: stateFolder, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { child, port, stateFolder };
}

function killGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (error) {
    // ESRCH: all of it has ended already.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

async function readUntilReady(child: ChildProcess, output: string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = (chunk: Buffer) => {
    output.push(chunk.toString());
    const text = output.join("");
    if (/^ready\n(.*\n){3}/m.test(text)) resolve(text);
  };
  child.stdout?.on("data", read);
  child.stderr?.on("data", read);
  child.once("exit", (code) => reject(new Error(`It ended with ${code} before it was ready:\n${output.join("")}`)));
  return promise;
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
