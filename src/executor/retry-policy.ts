/** Asks the author's retry policy about a failed try. When it cannot answer, the usual rules hold and the log says so. */
import type { RetryPolicy } from "../dag/task.ts";
import { parseDuration } from "../lib/duration.ts";
import type { LogWriter } from "./log-writer.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { Grant } from "./protocol.ts";
import { describeError } from "./task-error.ts";
import type { FailedOutcome } from "./try-outcome.ts";

const ANSWER_WITHIN_MS = 10_000;

/** Only of failures of the task itself: what was thrown to steer it, a cancel, or values that do not fit are decided already. */
export async function applyRetryPolicy(
  ports: ExecutorPorts,
  policy: RetryPolicy,
  { outcome, grant, log }: { readonly outcome: FailedOutcome; readonly grant: Grant; readonly log: LogWriter },
): Promise<FailedOutcome> {
  const isOwn = outcome.reason === null || outcome.reason === "timeout";
  if (!isOwn || outcome.retry.type !== "allowed") return outcome;
  const deadline = new AbortController();
  try {
    const { name, message, stack } = outcome.error;
    const attempt = { tryNumber: grant.tryNumber, maxTries: grant.maxTries };
    const answer: unknown = await Promise.race([
      policy({ name, message, stack }, attempt),
      ports.timer.sleep(ANSWER_WITHIN_MS, deadline.signal).then(() => {
        throw new Error(`it gave no answer within ${ANSWER_WITHIN_MS} ms`);
      }),
    ]);
    return { ...outcome, retry: retryOf(answer) };
  } catch (error) {
    log.write("warning", `The retry policy failed, so the usual rules hold: ${describeError(error).message}`);
    return outcome;
  } finally {
    deadline.abort();
  }
}

function retryOf(answer: unknown): FailedOutcome["retry"] {
  if (answer === "retry") return { type: "allowed" };
  if (answer === "fail") return { type: "forbidden" };
  const after =
    typeof answer === "object" && answer !== null ? (answer as { readonly after?: unknown }).after : undefined;
  const parsed = typeof after === "string" ? parseDuration(after) : ({ ok: true, value: after } as const);
  if (parsed.ok && typeof parsed.value === "number" && Number.isFinite(parsed.value) && parsed.value >= 0) {
    return { type: "after", ms: parsed.value };
  }
  throw new TypeError(`expected "retry", "fail" or { after: "30s" }, got ${JSON.stringify(answer)}`);
}
