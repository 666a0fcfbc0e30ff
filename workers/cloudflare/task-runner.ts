/**
 * Runs tries for the `local` and `sequential` executors: the DAG's object calls it over a loopback binding of the same
 * Worker, in place of a queue. A call lives as long as its caller holds on to it; if the object goes away the call is cut,
 * and the leases of its tries end as after any other loss.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { TaskMessage } from "../../src/executor/protocol.ts";
import { type Delivery, runBatch } from "../../src/executor/run-batch.ts";
import type { Env } from "./env.ts";
import { executorPorts } from "./executor-ports.ts";
import { taskFunctions } from "./task-functions.ts";

export class TaskRunner extends WorkerEntrypoint<Env> {
  /** Resolves when every try has ended and was reported. */
  async run(messages: readonly TaskMessage[]): Promise<void> {
    const deliveries = messages.map(toDelivery);
    await runBatch(executorPorts(this.env, taskFunctions), { channel: "local", deliveries }).finished;
  }
}

/**
 * Hands messages to the runner and returns at once, holding on to the call until its tries have ended: whoever waited for
 * that would send nothing else meanwhile. A call that fails needs nothing more: what it had not claimed is sent again, what
 * it had claimed loses its lease.
 */
export function runLocally(
  ctx: { readonly exports: unknown; waitUntil(promise: Promise<unknown>): void },
  messages: readonly TaskMessage[],
): void {
  // Loopback bindings are typed by the Worker's main module, which this file must not import.
  const { TaskRunner: runner } = ctx.exports as { readonly TaskRunner: Pick<TaskRunner, "run"> };
  const call = runner.run(messages).catch((error: unknown) => {
    console.warn(JSON.stringify({ event: "local_run_lost", messageCount: messages.length, error: String(error) }));
  });
  ctx.waitUntil(call);
}

/** There is nothing to acknowledge: what was not claimed the scheduler sends again. */
function toDelivery(body: TaskMessage): Delivery {
  return { body, ack: () => {}, retry: () => {} };
}
