/**
 * How long a failed try waits before the next, exactly as Airflow counts it: the base grows with the try number, and the
 * same again is spread by a hash of the try's name, so that tasks which failed together do not come back together, while
 * the delay of one try is the same whenever it is asked for.
 */
import { sha1 } from "../lib/sha1.ts";
import { MAX_RETRY_DELAY_MS } from "./defaults.ts";

export interface RetryPolicy {
  readonly retryDelayMs: number;
  /** Multiplier per try; 0 or 1 is a fixed delay. */
  readonly retryExponentialBackoff: number;
  readonly maxRetryDelayMs: number | null;
}

export interface FailedTry {
  readonly dagId: string;
  readonly taskId: string;
  readonly logicalAt: number | null;
  /** Number of the try that failed, from 1. */
  readonly tryNumber: number;
}

export function retryDelayMs(policy: RetryPolicy, failed: FailedTry): number {
  const multiplier = policy.retryExponentialBackoff;
  // As in Airflow, a fixed delay knows no maximum.
  if (multiplier === 1 || multiplier <= 0) return policy.retryDelayMs;
  const grown = Math.ceil((policy.retryDelayMs / 1_000) * multiplier ** (failed.tryNumber - 1));
  const delayMs = Math.min(spread(Math.max(grown, 1), failed) * 1_000, MAX_RETRY_DELAY_MS);
  return policy.maxRetryDelayMs ? Math.min(delayMs, policy.maxRetryDelayMs) : delayMs;
}

/** From `seconds` to just under twice that. */
function spread(seconds: number, { dagId, taskId, logicalAt, tryNumber }: FailedTry): number {
  // Also keeps infinity, the overflow of the power, out of the exact arithmetic below.
  if (seconds * 1_000 >= MAX_RETRY_DELAY_MS) return seconds;
  const hash = BigInt(`0x${sha1(`${dagId}#${taskId}#${dateText(logicalAt)}#${tryNumber}`)}`);
  return seconds + Number(hash % BigInt(seconds));
}

/** The logical date as Python prints it, which the hash is made of: `2016-01-01 00:00:00+00:00`. */
function dateText(logicalAt: number | null): string {
  if (logicalAt === null) return "None";
  const text = new Date(logicalAt).toISOString().replace("T", " ");
  const fraction = logicalAt % 1_000 === 0 ? "" : `${text.slice(19, 23)}000`;
  return `${text.slice(0, 19)}${fraction}+00:00`;
}
