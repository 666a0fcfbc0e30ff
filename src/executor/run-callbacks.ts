/**
 * Calls the author's callbacks: one after the other, each with a limit of time, their errors logged. Nothing that a callback does
 * changes the outcome of a try or a run.
 */
import type { LogWriter } from "./log-writer.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { TaskError } from "./protocol.ts";
import { describeError } from "./task-error.ts";

export const CALLBACK_TIMEOUT_MS = 60_000;

export interface CallbackCall {
  /** Stands in every line of the log. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly log: LogWriter;
  readonly functions: readonly ((signal: AbortSignal) => unknown)[];
}

/** The first error, or `null`. Never rejects. A function that runs too long is left behind. */
export async function runCallbacks(ports: ExecutorPorts, call: CallbackCall): Promise<TaskError | null> {
  let first: TaskError | null = null;
  for (const callback of call.functions) {
    const error = await runOne(ports, call, callback);
    if (error === null) continue;
    call.log.write("error", `The callback ${call.name} failed: ${error.message}`, {
      callback: call.name,
      error: error.name,
      stack: error.stack,
    });
    first ??= error;
  }
  return first;
}

async function runOne(
  ports: ExecutorPorts,
  { timeoutMs }: CallbackCall,
  callback: (signal: AbortSignal) => unknown,
): Promise<TaskError | null> {
  const controller = new AbortController();
  const timer = new AbortController();
  const late = ports.timer.sleep(timeoutMs, timer.signal).then((): TaskError | null => {
    if (timer.signal.aborted) return null;
    const message = `It ran longer than ${timeoutMs} ms`;
    controller.abort(new Error(message));
    return { name: "TimeoutError", message, stack: null, causes: [] };
  });
  try {
    return await Promise.race([Promise.resolve(callback(controller.signal)).then(() => null), late]);
  } catch (error) {
    return describeError(error);
  } finally {
    timer.abort();
  }
}
