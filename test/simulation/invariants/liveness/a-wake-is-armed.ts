import type { Claim, Invariant } from "../../watch/invariant.ts";
import { isActive } from "../../watch/truth.ts";
import type { World } from "../../world/world.ts";

/** All objects are looked at now and then; one that just woke or changed, at once. */
const ONE_IN = 20;

export const aWakeIsArmed: Invariant = {
  id: "L1",
  says: "whatever is due later, or not told yet, has an alarm that comes in time",
  watch(world, claim) {
    let count = 0;
    return {
      onCommit: ({ dagId }) => look(world, dagId, claim),
      onEvent() {
        count += 1;
        const isSweep = count % ONE_IN === 0;
        for (const dagId of world.hosts.keys()) {
          if (isSweep || world.clockwork.what.startsWith(`alarm of ${dagId}`)) look(world, dagId, claim);
        }
      },
    };
  },
};

function look(world: World, dagId: string, claim: Claim): void {
  const host = world.host(dagId);
  const truth = world.observer.truths.get(dagId);
  // The platform may lose an alarm: then the watchdog finds it.
  if (truth?.dag == null || host.isAlarmLost) return;
  let dueAt: number | null = null;
  let why = "";
  const need = (at: number, what: string) => {
    if (dueAt !== null && dueAt <= at) return;
    dueAt = at;
    why = what;
  };
  // An object whose clock stepped back counts on with the time it had: what is due by that only itself knows.
  const isSteady = world.faults.rates.clock_jumps_per_minute === 0;
  for (const run of truth.liveRuns.values()) {
    if (isSteady && run.state === "queued" && !truth.dag.isPaused && run.runAfterAt > host.now())
      need(run.runAfterAt, run.runId);
    if (run.state !== "running") continue;
    for (const instance of truth.instancesOf.get(run.seq)?.values() ?? []) {
      // Its time may have come while something else holds it: it is ready then, and has no row of its own.
      if (isSteady && instance.state === "up_for_retry" && instance.dueAt > host.now())
        need(instance.dueAt, instance.key);
      else if (isActive(instance.state)) need(Number.POSITIVE_INFINITY, instance.key);
    }
  }
  if (dueAt === null) return;
  claim(host.isArmed, () => `${dagId}: ${why} waits, and no alarm is set`);
  if (host.alarmAt === null || !isSteady) return;
  const at = host.alarmAt;
  const latest = Math.max(dueAt, host.now()) + 60_001;
  claim(at <= latest, () => `${dagId}: ${why} is due at ${dueAt}, and the alarm comes ${at - (dueAt ?? 0)} ms later`);
}
