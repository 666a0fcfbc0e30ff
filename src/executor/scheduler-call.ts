/**
 * Calls a DAG's scheduler until it answers. A call that failed may still have been applied, so it is repeated unchanged:
 * the scheduler knows it by its sequence number and answers the same again. An answer is final, whatever it says.
 * Waits grow to ten seconds, with jitter, since whoever else lost the same object is asking again as well.
 */
import type { DagId } from "../dag/ids.ts";
import { PlatformError } from "../platform.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { SchedulerForExecutor } from "./protocol.ts";

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;
/** An object that says it has too much to do gets time to do it. */
const OVERLOADED_WAIT_MS = 2_000;

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
      if (error instanceof PlatformError && error.code === "overloaded") waitMs = Math.max(waitMs, OVERLOADED_WAIT_MS);
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
