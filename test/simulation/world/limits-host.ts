/** The object of all limits on the simulated platform, with the ports of `workers/cloudflare/limits.ts`. */
import { readAll } from "../../../src/catalog/port.ts";
import { dags } from "../../../src/catalog/sql/dags.ts";
import { eventLog } from "../../../src/catalog/sql/event-log.ts";
import { Limits } from "../../../src/limits/limits.ts";
import { ObjectHost } from "../machine/object-host.ts";
import type { World } from "./world.ts";

export function limitsHost(world: World): ObjectHost<Limits> {
  const { clockwork, faults } = world;
  return new ObjectHost<Limits>({
    name: "limits",
    clockwork,
    faults,
    make: ({ life, sql, alarm, now }) => {
      const catalog = world.flaky.for(life);
      const caller = { life };
      return new Limits({
        sql,
        alarm,
        clock: { now },
        schedulers: {
          get: (dagId) => ({
            setLimits: (limits) => world.callDag(caller, dagId, "setLimits", limits),
            takeSlots: (tickets) => world.callDag(caller, dagId, "takeSlots", tickets),
          }),
        },
        dagIds: async () => (await readAll(catalog, dags.ids())).map(({ dagId }) => dagId),
        audit: async (events) => void (await catalog.write(events.map((event) => eventLog.append(event)))),
        background: (work) => void work.catch((error) => clockwork.log(`limits: background failed: ${String(error)}`)),
        log: (level, message, fields) => clockwork.log(`limits ${level}: ${message} ${JSON.stringify(fields)}`),
      });
    },
  });
}
