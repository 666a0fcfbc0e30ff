/**
 * The folder that `npm start` keeps its state in: readable by its owner alone, used by one process at a time, because
 * two workerd on the same SQLite files would corrupt each other's work. It holds the setup token of this state, made
 * here and nowhere else, so that no installation shares one.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** The token that allows to make the first user, the same as long as the folder exists. */
  setupToken(): string {
    const file = this.file("setup-token");
    if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
    return readFileSync(file, "utf8").trim();
  }

  /** Whether the first user of this state was made. */
  hasUser(): boolean {
    return existsSync(this.file("has-user"));
  }

  noteUser(exists: boolean): void {
    if (exists) writeFileSync(this.file("has-user"), "");
    else rmSync(this.file("has-user"), { force: true });
  }

  /** Variables of the Worker, in a file rather than in arguments, which every user of the machine can read. */
  writeVariables(variables: Readonly<Record<string, string>>): string {
    const file = this.file("worker.env");
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`);
    writeFileSync(file, lines.join(""), { mode: 0o600 });
    chmodSync(file, 0o600);
    return file;
  }

  /** Throws while another process uses the folder; ends what a killed one left running. */
  lock(): void {
    const owner = this.#readLock();
    if (owner !== null && isRunning(owner.pid, "standalone")) {
      throw new Error(
        `Cannot use the state in "${this.path}": process ${owner.pid} uses it; stop it, or set UPDRAFT_STATE`,
      );
    }
    if (owner?.server != null && isRunning(owner.server, "wrangler")) process.kill(-owner.server, "SIGKILL");
    this.setServer(null);
  }

  /** Notes the process group of wrangler, for `lock()` of a later start. */
  setServer(server: number | null): void {
    writeFileSync(this.file("lock.json"), JSON.stringify({ pid: process.pid, server }));
  }

  unlock(): void {
    rmSync(this.file("lock.json"), { force: true });
  }

  #readLock(): { readonly pid: number; readonly server: number | null } | null {
    try {
      return JSON.parse(readFileSync(this.file("lock.json"), "utf8"));
    } catch {
      return null; // Absent, or cut short by a crash: in both cases nobody holds it.
    }
  }
}

/** Compares the command as well, because process ids are used again. */
function isRunning(pid: number, command: string): boolean {
  return commandOf(pid).includes(command);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // No such process, or no such file system: macOS has `ps` instead.
    return spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout ?? "";
  }
}
