/**
 * Runs tries for the `local` and `sequential` executors: the DAG's object calls it over a loopback binding of the same
 * Worker, in place of a queue. A call lives as long as its caller holds on to it, so the object keeps the promise without
 * waiting for it; if the object goes away the call is cut, and the leases of its tries end as after any other loss.
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import type { TaskFunctions } from "../../src/executor/ports.ts";
import type { QueueMessage } from "../../src/executor/protocol.ts";
import { type Delivery, runBatch } from "../../src/executor/run-batch.ts";
import type { Env } from "./env.ts";
import { executorPorts } from "./executor-ports.ts";

/** What the DAG's object sees of it. */
export interface TaskRunnerStub {
  /** Resolves when every try has ended and was reported. */
  run(messages: readonly QueueMessage[]): Promise<void>;
}

/** The entry point's class; the Worker's main module exports it under the name that its callers use. */
export function makeTaskRunner(functions: TaskFunctions) {
  return class TaskRunner extends WorkerEntrypoint<Env> implements TaskRunnerStub {
    async run(messages: readonly QueueMessage[]): Promise<void> {
      const deliveries = messages.map(toDelivery);
      await runBatch(executorPorts(this.env, functions), { channel: "local", deliveries }).finished;
    }
  };
}

/** There is nothing to acknowledge: what was not claimed the scheduler sends again. */
function toDelivery(body: QueueMessage): Delivery {
  return { body, ack: () => {}, retry: () => {} };
}
