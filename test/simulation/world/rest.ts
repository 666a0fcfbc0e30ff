/** Whether a world has come to rest, and what keeps it from that. */
import { isActive } from "../watch/truth.ts";
import type { World } from "./world.ts";

export function isAtRest(world: World): boolean {
  for (const [dagId, host] of world.hosts) {
    const truth = world.observer.truth(dagId);
    if (truth.dag === null) continue;
    for (const run of truth.runs.values()) if (run.state === "queued" || run.state === "running") return false;
    const [callbacks] = host.sql.exec("SELECT count(*) AS count FROM callback WHERE due_at IS NOT NULL");
    if (Number(callbacks?.["count"]) > 0) return false;
    const { instance } = host;
    if (instance === null || instance.flush.hasRows() || instance.loaded().state.runs.size > 0) return false;
  }
  const [events] = world.limits.sql.exec("SELECT count(*) AS count FROM event");
  return Number(events?.["count"]) === 0;
}

/** Runs in which nothing is under way or due: they wait for another run, or for a user. */
export function stuckRuns(world: World): readonly { readonly dagId: string; readonly runId: string }[] {
  const stuck: { dagId: string; runId: string }[] = [];
  for (const dagId of world.hosts.keys()) {
    const truth = world.observer.truth(dagId);
    for (const run of truth.runs.values()) {
      if (run.state !== "running") continue;
      const waitsForPast = truth
        .specOf(run.versionNumber)
        ?.tasks.some((task) => task.dependsOnPast || task.waitForDownstream);
      const isIdle = truth.ofRun(run.seq).every(({ state }) => !isActive(state) && state !== "up_for_retry");
      if (waitsForPast === true && isIdle) stuck.push({ dagId, runId: run.runId });
    }
  }
  return stuck;
}
