/**
 * Imports one compiled DAG file and tells the parent what it found; a process of its own, because user code may throw,
 * crash, or never end. What a Worker does not have at load is taken away first, so that a file that loads here loads
 * there too: a file that fails in the Worker would take every DAG down with it.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { WatchdogData } from "./manifest-watchdog.ts";

export type ChildReply =
  | { readonly ok: true; readonly specText: string; readonly parseMs: number }
  | {
      readonly ok: false;
      readonly error: { readonly name: string; readonly message: string; readonly stack: string };
      readonly parseMs: number;
    };

/** Globals of Node that workerd lacks. */
const foreign = ["process", "Buffer", "global", "setImmediate", "clearImmediate", "require", "module"];

/** An error is for people; somebody may put a whole response into its message. */
const maxTextLength = 20_000;

// Taken before they are hidden from the file.
const { exit } = process;
const send = process.send?.bind(process);
const [, , file = ""] = process.argv;

async function load(): Promise<ChildReply> {
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  try {
    const loaded: { readonly default?: unknown } = await import(pathToFileURL(file).href);
    return { ok: true, specText: readSpec(loaded), parseMs: elapsed() };
  } catch (error) {
    return { ok: false, error: describe(error), parseMs: elapsed() };
  }
}

function behaveAsWorkerd(): void {
  for (const name of foreign) Reflect.deleteProperty(globalThis, name);
  const refuse = (call: string) => () => {
    throw new Error(`Cannot call ${call} while a DAG file loads: a Worker refuses it there; move it into a task`);
  };
  for (const name of ["fetch", "setTimeout", "setInterval"]) {
    Object.defineProperty(globalThis, name, { value: refuse(`${name}()`), configurable: true, writable: true });
  }
  for (const name of ["getRandomValues", "randomUUID"]) {
    Object.defineProperty(crypto, name, { value: refuse(`crypto.${name}()`), configurable: true });
  }
}

function readSpec(loaded: { readonly default?: unknown }): string {
  const { default: definition } = loaded;
  if (definition === undefined) {
    throw new TypeError('Cannot find a DAG: the file has no default export; write "export default dag(…)"');
  }
  const spec = isObject(definition) && isObject(definition["functions"]) ? definition["spec"] : undefined;
  if (!isObject(spec) || spec["v"] !== 1 || typeof spec["dagId"] !== "string") {
    const kind = Array.isArray(definition) ? "array" : definition === null ? "null" : typeof definition;
    throw new TypeError(`Cannot find a DAG: the default export must be what dag() returns, got ${kind}`);
  }
  return JSON.stringify(spec);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Anything can be thrown, also what throws again when it is looked at. */
function describe(thrown: unknown): { name: string; message: string; stack: string } {
  try {
    if (!(thrown instanceof Error)) {
      const message = `The file threw a value that is not an Error: ${String(thrown)}`;
      return { name: "Error", message, stack: `Error: ${message}` };
    }
    const { name, message } = thrown;
    const cause = thrown.cause === undefined ? "" : `\nCaused by: ${describe(thrown.cause).stack}`;
    const stack = `${thrown.stack ?? `${name}: ${message}`}${cause}`;
    return { name: String(name), message: cut(String(message)), stack: cut(stack) };
  } catch {
    // A getter or toString of the thrown value threw: all that is known is that it was thrown.
    const message = "The file threw a value that cannot be printed";
    return { name: "Error", message, stack: `Error: ${message}` };
  }
}

function cut(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength)}… (cut)`;
}

const watched: WatchdogData = { parentPid: process.ppid };
new Worker(join(import.meta.dirname, "manifest-watchdog.ts"), { workerData: watched }).unref();
behaveAsWorkerd();
const reply = await load();
send?.(reply, () => exit(0));
