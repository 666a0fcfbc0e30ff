/**
 * Calls a DAG's scheduler until it answers. A call that failed may still have been applied, so it is repeated unchanged:
 * the scheduler knows it by its sequence number and answers the same again. An answer is final, whatever it says.
 * Waits grow to ten seconds with jitter, because an overloaded object must not be asked again at once.
 */
import type { DagId } from "../dag/ids.ts";
import { PlatformError } from "../platform.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { SchedulerForExecutor } from "./protocol.ts";

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;

/** Returns `null` when there was no answer by `giveUpAt`, or when the platform says that there never will be. */
export async function callScheduler<Reply>(
  ports: ExecutorPorts,
  call: {
    readonly dagId: DagId;
    readonly giveUpAt: number;
    readonly send: (scheduler: SchedulerForExecutor) => Promise<Reply>;
    readonly onFailure: (error: unknown) => void;
  },
): Promise<Reply | null> {
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    try {
      return await call.send(ports.schedulers.get(call.dagId));
    } catch (error) {
      const isHopeless = error instanceof PlatformError && !error.retryable;
      if (isHopeless || ports.timer.now() + waitMs > call.giveUpAt) {
        call.onFailure(error);
        return null;
      }
    }
    await ports.timer.sleep(waitMs * (0.5 + jitter(ports)));
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** Between 0 and 0.5. */
function jitter(ports: ExecutorPorts): number {
  return Number.parseInt(ports.ids.random(1), 16) / 512;
}
