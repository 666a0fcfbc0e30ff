/**
 * The same Worker with a way to fill its catalog: no projection writes a million rows in the time of a test. Started on a
 * catalog that is full already, it does not sync: that would retire each DAG that no manifest has.
 */
import type { Env } from "../../../workers/cloudflare/env.ts";
import worker, { DagScheduler, Limits, Bundle as RealBundle, TaskRunner } from "../../../workers/cloudflare/worker.ts";

export { DagScheduler, Limits, TaskRunner };

export class Bundle extends RealBundle {
  override async sync() {
    if ("IS_SEEDED" in this.env) return { bundleId: "seeded", dagCount: 0, importErrorCount: 0 };
    return super.sync();
  }
}

export default {
  ...worker,
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== "/bench/catalog") return worker.fetch(request, env, context);
    const { meta } = await env.DB.prepare(await request.text()).run();
    return Response.json({ rows: meta.changes });
  },
} satisfies ExportedHandler<Env>;
