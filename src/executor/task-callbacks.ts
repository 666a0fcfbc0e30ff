/** Which callback follows a try, and what it receives. The one of the start runs in the try, the others after its report. */
import type { TaskCallbackContext } from "../dag/context.ts";
import type { TaskHooks } from "../dag/hooks.ts";
import type { DagId } from "../dag/ids.ts";
import type { TaskCallback } from "../dag/spec.ts";
import type { LogWriter } from "./log-writer.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { Grant, ReportReply, RunFacts, TryOutcome } from "./protocol.ts";
import { CALLBACK_TIMEOUT_MS, runCallbacks } from "./run-callbacks.ts";
import { intervalContext, logContext, runContext, tryContext } from "./task-context.ts";

export type Verdict = ReportReply["verdicts"][number];

/** The scheduler may say what became of the task instance; else it follows from the tries that are left. */
export function callbackAfter(outcome: TryOutcome, { state }: Verdict, grant: Grant): TaskCallback {
  if (outcome.type !== "failed") return outcome.type;
  if (state !== undefined) return state === "up_for_retry" ? "retry" : "failure";
  return outcome.retry.type !== "forbidden" && grant.tryNumber < grant.maxTries ? "retry" : "failure";
}

export async function runTaskCallbacks(
  ports: ExecutorPorts,
  { dagId, grant, run }: { readonly dagId: DagId; readonly grant: Grant; readonly run: RunFacts },
  call: {
    readonly callback: TaskCallback;
    readonly log: LogWriter;
    readonly hooks: TaskHooks | undefined;
    /** `null` before the task. */
    readonly outcome: TryOutcome | null;
  },
): Promise<void> {
  const { callback, log, hooks, outcome } = call;
  const failure = outcome?.type === "failed" ? outcome : null;
  const context = (signal: AbortSignal): TaskCallbackContext => ({
    params: run.params,
    conf: run.conf,
    run: runContext(dagId, run),
    interval: intervalContext(run),
    ...tryContext(grant),
    callback,
    error:
      failure === null
        ? null
        : { name: failure.error.name, message: failure.error.message, stack: failure.error.stack },
    reason: failure?.reason ?? null,
    log: logContext(log, { callback }),
    signal,
    env: ports.env,
  });
  const functions = hooks?.callbacks?.[callback] ?? [];
  await runCallbacks(ports, {
    name: callback,
    timeoutMs: CALLBACK_TIMEOUT_MS,
    log,
    functions: functions.map((each) => (signal: AbortSignal) => each(context(signal))),
  });
}
