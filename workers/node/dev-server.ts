/**
 * `wrangler dev` as a child: simulates every binding on disk, needs no network and no account, and rebuilds when a
 * source file changes. It runs in a process group of its own, so that its workerd processes end with it however we end.
 * What it says goes to a log file; the few lines that a person needs are handed to `onEvent`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./local-settings.ts";

export interface DevServerOptions {
  readonly port: number;
  /** Folder for the simulated bindings. */
  readonly dataFolder: string;
  /** Files with variables of the Worker; the later ones win. */
  readonly variableFiles: readonly string[];
  readonly logFile: string;
  readonly onEvent: (event: DevServerEvent) => void;
}

export type DevServerEvent =
  /** The Worker was built anew and serves again. */
  | { readonly type: "reloaded" }
  /** Something that the person at the terminal should see. */
  | { readonly type: "said"; readonly line: string };

/** Unless it is asked for: the local store of traces costs 1.5 to 4 times the speed. */
const defaults = { X_LOCAL_OBSERVABILITY: "false" };

const environment = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  CI: "1",
  NO_COLOR: "1",
};

export class DevServer {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #exited: Promise<unknown>;

  constructor(options: DevServerOptions) {
    this.#logFile = options.logFile;
    this.#child = spawn(process.execPath, [join(root, "node_modules/wrangler/bin/wrangler.js"), ...flags(options)], {
      cwd: root,
      detached: true,
      env: { ...defaults, ...process.env, ...environment, WRANGLER_LOG_PATH: `${options.logFile}.debug` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exited = once(this.#child, "exit");
    const log = createWriteStream(options.logFile, { mode: 0o600 });
    const read = reader(options.onEvent);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        log.write(`${line}\n`);
        read(line);
      });
    }
  }

  /** The process group that everything of the server runs in. */
  get group(): number | null {
    return this.#child.pid ?? null;
  }

  /** Resolves when wrangler is gone, for whatever reason. */
  exited(): Promise<unknown> {
    return this.#exited;
  }

  async stop(): Promise<void> {
    this.kill("SIGTERM");
    await Promise.race([this.#exited, sleep(5_000, undefined, { ref: false })]);
    // Also after a clean exit: a workerd that was starting up then is an orphan of the group.
    this.kill("SIGKILL");
  }

  kill(signal: NodeJS.Signals): void {
    const { group } = this;
    if (group === null) return;
    try {
      process.kill(-group, signal);
    } catch (error) {
      // ESRCH: the group is empty, which is what was wanted.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }

  lastLines(count: number): string {
    return readFileSync(this.#logFile, "utf8").trimEnd().split("\n").slice(-count).join("\n");
  }
}

function flags(options: DevServerOptions): readonly string[] {
  return [
    "dev",
    ...["--ip", "127.0.0.1", "--port", String(options.port), "--inspector-port", "0"],
    ...["--persist-to", options.dataFolder, "--show-interactive-dev-session", "false"],
    ...options.variableFiles.flatMap((file) => ["--env-file", file]),
    // The flags of the command line replace those of wrangler.toml, so both are named. The last one lets a long task
    // run beside short ones: the local queue hands out one batch at a time. Deployed, it would cut long tasks.
    ...configuredFlags().flatMap((flag) => ["--compatibility-flag", flag]),
    ...["--compatibility-flag", "queue_consumer_no_wait_for_wait_until"],
  ];
}

function configuredFlags(): readonly string[] {
  const list = /^compatibility_flags\s*=\s*\[([^\]]*)\]/m.exec(readFileSync(join(root, "wrangler.toml"), "utf8"))?.[1];
  return [...(list ?? "").matchAll(/"([^"]+)"/g)].flatMap((match) => match[1] ?? []);
}

/** Picks the lines that matter: what our generator says, and the errors of a build from their head to an empty line. */
function reader(onEvent: DevServerOptions["onEvent"]): (line: string) => void {
  let isInError = false;
  return (line) => {
    const built = /^\[custom build\] (?!Running: )(.*\S.*)$/.exec(line)?.[1];
    if (/ERROR\]/.test(line)) isInError = true;
    else if (line.trim() === "") isInError = false;
    if (built !== undefined) onEvent({ type: "said", line: built });
    else if (isInError || /runtime crashed/.test(line)) onEvent({ type: "said", line });
    if (/updated and ready/i.test(line)) onEvent({ type: "reloaded" });
  };
}
