import type { Invariant } from "../../watch/invariant.ts";

const HOUR_MS = 3_600_000;
/** Tries, their replacements and re-sends, with room for users who clear. */
const MOST_TOKENS_PER_HOUR = 80;
/** Events of the whole world per simulated hour, above which something turns in circles. */
const MOST_EVENTS_PER_HOUR = 200_000;

export const noStorm: Invariant = {
  id: "L4",
  says: "nothing turns in circles: orders per task instance and hour are bounded, and events of the world",
  watch(world, claim) {
    const orders = new Map<string, { hour: number; count: number }>();
    return {
      onCommit({ dagId, instances }) {
        const hour = Math.floor(world.clockwork.now / HOUR_MS);
        for (const { before, after } of instances) {
          if (after === null || before?.token === after.token) continue;
          const key = `${dagId}/${after.key}`;
          const known = orders.get(key);
          const count = known?.hour === hour ? known.count + 1 : 1;
          orders.set(key, { hour, count });
          claim(count <= MOST_TOKENS_PER_HOUR, () => `${key} was ordered ${count} times within an hour`);
        }
      },
      onEvent() {
        const hours = 1 + (world.clockwork.now - world.clockwork.startAt) / HOUR_MS;
        claim(
          world.clockwork.eventCount <= MOST_EVENTS_PER_HOUR * hours,
          () => `${world.clockwork.eventCount} events in ${hours} hours`,
        );
      },
    };
  },
};
