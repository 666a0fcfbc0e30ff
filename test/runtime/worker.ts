/** The Worker of the tests in workerd: Updraft's own, and beside it an object and a queue to ask the platform with. */

import type { Env } from "../../workers/cloudflare/env.ts";
import worker from "../../workers/cloudflare/worker.ts";
import { consumeProbes, type ProbeEnv, type ProbeMessage } from "./platform/probe.ts";

export { Bundle, DagScheduler, Limits, TaskRunner } from "../../workers/cloudflare/worker.ts";
export { Probe } from "./platform/probe.ts";

export default {
  ...worker,
  async queue(batch, env, ctx) {
    if (batch.queue === "probe") await consumeProbes(batch as MessageBatch<ProbeMessage>, env);
    else await worker.queue(batch, env, ctx);
  },
} satisfies ExportedHandler<Env & ProbeEnv>;
