/**
 * Imports one compiled DAG file in a process of its own and waits at most `limitMs` for what it says. Always answers: a
 * process that dies or never ends is an error like any other.
 */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { FileError } from "../../src/bundle/manifest.ts";
import type { ChildReply } from "./manifest-child.ts";
import { cpuLimitMs, cpuLimitSignal } from "./manifest-watchdog.ts";

export type ImportResult =
  | { readonly ok: true; readonly specText: string; readonly parseMs: number }
  | { readonly ok: false; readonly error: FileError; readonly parseMs: number };

const childFile = join(import.meta.dirname, "manifest-child.ts");
/** Node's exit status when the module's own await never settles. */
const unsettledStatus = 13;
const memoryMb = 512;
const advice = "look for an endless loop at the top level, and move slow work into tasks";

const living = new Set<ChildProcess>();
// A child that loops does not notice that its parent is gone.
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

export function importCompiled(compiledFile: string, options: { readonly limitMs: number }): Promise<ImportResult> {
  const child = fork(childFile, [compiledFile], {
    // Nothing of this machine leaks into the specs, and the code can do no more than a Worker's: no eval.
    env: {},
    execArgv: ["--enable-source-maps", "--disallow-code-generation-from-strings", `--max-old-space-size=${memoryMb}`],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  living.add(child);
  child.once("close", () => living.delete(child));
  return answerOf(child, options.limitMs);
}

function answerOf(child: ChildProcess, limitMs: number): Promise<ImportResult> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      resolve(failure("TimeoutError", `Cannot load within ${limitMs / 1_000} s: ${advice}`, limitMs));
    }, limitMs);
    child.once("message", (reply: ChildReply) => resolve(reply));
    child.once("error", (error) => resolve(failure("Error", `Cannot start a process to load it: ${error.message}`, 0)));
    // After `message`, which then has resolved already.
    child.once("close", (status, signal) => {
      clearTimeout(timer);
      resolve(failureOf(status, signal));
    });
  });
}

function failureOf(status: number | null, signal: NodeJS.Signals | null): ImportResult {
  if (status === unsettledStatus)
    return failure("Error", "Cannot load: a top-level await never settles; move it into a task", 0);
  if (signal === cpuLimitSignal) {
    return failure("TimeoutError", `Cannot load with ${cpuLimitMs / 1_000} s of processor time: ${advice}`, cpuLimitMs);
  }
  return failure("Error", `Cannot load: the process that imported it died (${signal ?? `status ${status}`})`, 0);
}

function failure(name: string, message: string, parseMs: number): ImportResult {
  return { ok: false, error: { name, message, stack: `${name}: ${message}` }, parseMs };
}
