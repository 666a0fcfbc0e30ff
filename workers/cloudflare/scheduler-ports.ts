/** What a DAG's scheduler needs, from its Durable Object's storage and the bindings of this Worker. */
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { writeProjection } from "../../src/catalog/write-projection.ts";
import type { DagId, RunId } from "../../src/dag/ids.ts";
import { DEFAULT_SETTINGS, type EngineSettings } from "../../src/engine/defaults.ts";
import { deleteRunObjects } from "../../src/executor/delete-run-objects.ts";
import { CatalogPace } from "../../src/scheduler/catalog-pace.ts";
import type { SchedulerPorts } from "../../src/scheduler/ports.ts";
import type { Env } from "./env.ts";
import { limitsClient } from "./limits-client.ts";
import { tellLiveSockets } from "./live-socket.ts";
import { objectSql } from "./object-sql.ts";
import { R2ObjectStore } from "./object-store.ts";
import { clock, ids, timer } from "./platform.ts";
import { taskFunctions } from "./task-functions.ts";
import { CloudflareTaskQueues } from "./task-queue.ts";
import { runLocally } from "./task-runner.ts";

const ABORT_AFTER_MS = 100;
/** Numbers only: no object waits for what belongs to another. */
const pace = new CatalogPace();

export function schedulerPorts(ctx: DurableObjectState, env: Env, dagId: DagId): SchedulerPorts {
  const catalog = d1Catalog(env.DB);
  const objects = new R2ObjectStore(env.OBJECTS);
  return {
    dagId,
    sql: objectSql(ctx.storage),
    alarm: {
      get: () => ctx.storage.getAlarm(),
      // Not awaited: it is part of the transaction around it, and the output gate holds replies until it is durable.
      set: (at) => void ctx.storage.setAlarm(at),
    },
    clock,
    ids,
    customTimetable: () => taskFunctions.definition?.(dagId)?.hooks.timetable ?? null,
    async project(projection) {
      await writeProjection(catalog, projection, clock.now());
      tellLiveSockets(ctx);
    },
    pace,
    limits: limitsClient(env),
    queues: new CloudflareTaskQueues(env),
    deleteObjectsOf: (runId) => deleteRunObjects(objects, { dagId, runId: runId as RunId | null }),
    async destroy() {
      await ctx.storage.deleteAll();
      // Not at once: the reply to whoever asked for it would be lost with the object.
      setTimeout(() => ctx.abort("the DAG was deleted"), ABORT_AFTER_MS);
    },
    settings: settingsOf(env),
    runLocally: async (messages) => runLocally(ctx, messages),
    background: (work) => ctx.waitUntil(work),
    sleep: (ms) => timer.sleep(ms),
    log: (level, message, fields) =>
      console[level === "info" ? "log" : level === "warning" ? "warn" : "error"](
        JSON.stringify({ event: "scheduler", message, ...fields }),
      ),
  };
}

/** Under `npm start` the queue forgets everything when the process ends, so losses are noticed sooner. */
function settingsOf(env: Env): EngineSettings {
  if (env.LOCAL_PARALLEL !== "1") return DEFAULT_SETTINGS;
  return { leaseMs: 30_000, heartbeatMs: 5_000, firstResendMs: 5_000 };
}
