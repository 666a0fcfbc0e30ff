/** One DAG's object: the real scheduler on the simulated platform, with the ports of `workers/cloudflare/scheduler-ports.ts`. */
import { writeProjection } from "../../../src/catalog/write-projection.ts";
import type { DagId, RunId } from "../../../src/dag/ids.ts";
import { deleteRunObjects } from "../../../src/executor/delete-run-objects.ts";
import { CatalogPace } from "../../../src/scheduler/catalog-pace.ts";
import { DagScheduler } from "../../../src/scheduler/dag-scheduler.ts";
import { flakyStore } from "../machine/flaky-store.ts";
import { ObjectHost } from "../machine/object-host.ts";
import type { World } from "./world.ts";

export function schedulerHost(world: World, dagId: DagId): ObjectHost<DagScheduler> {
  const { clockwork, faults } = world;
  return new ObjectHost<DagScheduler>({
    name: dagId,
    onStorageFailure: () => world.observer.marks.hit("storage failed and memory thrown away"),
    clockwork,
    faults,
    make: ({ life, sql, alarm, now, sleep, destroy }) => {
      const catalog = world.flaky.for(life);
      const objects = flakyStore({ clockwork, faults, store: world.store }, life);
      const caller = { life };
      // The code that the object began with: a deployment brings another with another life.
      const { release } = world.consumers;
      return new DagScheduler({
        dagId,
        sql,
        alarm,
        clock: { now },
        ids: { random: (bytes) => world.random.hex(bytes * 2) },
        project: async (projection) => {
          world.observer.projects(dagId, projection);
          await writeProjection(catalog, projection, now());
        },
        queues: {
          send: (queue, messages) => {
            world.observer.sends(dagId, messages);
            return world.queues[queue].send(life, messages);
          },
        },
        limits: {
          subscribe: (...call) => world.callLimits(caller, "subscribe", ...call),
          exchange: (...call) => world.callLimits(caller, "exchange", ...call),
          explain: (...call) => world.callLimits(caller, "explain", ...call),
          forget: (...call) => world.callLimits(caller, "forget", ...call),
        },
        settings: world.settings,
        pace: new CatalogPace(),
        customTimetable: () => release?.definitions.get(dagId)?.hooks.timetable ?? null,
        deleteObjectsOf: (runId) => deleteRunObjects(objects, { dagId, runId: runId as RunId | null }),
        destroy: async () => {
          world.observer.destroys(dagId);
          await destroy();
        },
        runLocally: async (messages) => {
          world.observer.sends(dagId, messages);
          world.consumers.runLocally(life, structuredClone(messages));
        },
        background: (work) => void work.catch((error) => clockwork.log(`background work failed: ${String(error)}`)),
        sleep,
        log: (level, message, fields) => {
          if (message === "the alarm failed") world.observer.marks.hit("alarm failed and set again");
          clockwork.log(`${dagId} ${level}: ${message} ${JSON.stringify(fields)}`);
        },
      });
    },
  });
}
