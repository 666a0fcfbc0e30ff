import type { TriggerRequest } from "../../../../src/platform.ts";
import type { Invariant } from "../../watch/invariant.ts";

export const changesAreAudited: Invariant = {
  id: "Z2",
  says: "every accepted change of a user has one audit event with his name, in the catalog in the end",
  watch(world, claim) {
    const created: { readonly dagId: string; readonly runId: string; readonly actor: string }[] = [];
    const verbs = new Map<string, number>();
    return {
      onServed({ object, method, args, reply }) {
        const answer = reply as {
          readonly ok?: boolean;
          readonly created?: boolean;
          readonly run?: { readonly runId: string };
        };
        if (method === "trigger" && answer.ok === true && answer.created === true) {
          created.push({
            dagId: object,
            runId: answer.run?.runId ?? "",
            actor: (args[0] as TriggerRequest).actor.name,
          });
        }
      },
      onCommit({ dagId, cause, dag }) {
        const isSwitched =
          cause.method === "setPaused" && dag.before !== null && dag.before.isPaused !== dag.after?.isPaused;
        if (isSwitched) verbs.set(dagId, (verbs.get(dagId) ?? 0) + 1);
      },
      onRest() {
        const read = world.catalog.database.prepare(
          "SELECT count(*) AS count FROM event_log WHERE dag_id = ? AND run_id = ? AND event = 'trigger' AND actor = ?",
        );
        for (const { dagId, runId, actor } of created) {
          const count = Number(read.get(dagId, runId, actor)?.["count"]);
          claim(
            count === 1 ||
              (count > 1 && created.filter((each) => each.runId === runId && each.actor === actor).length === count),
            () => `${dagId}: ${count} audit events tell that ${actor} made ${runId}`,
          );
        }
        const paused = world.catalog.database.prepare(
          "SELECT count(*) AS count FROM event_log WHERE dag_id = ? AND event IN ('paused', 'unpaused') AND actor <> 'scheduler'",
        );
        for (const [dagId, count] of verbs) {
          const told = Number(paused.get(dagId)?.["count"]);
          claim(
            told >= count,
            () => `${dagId} was paused or unpaused ${count} times, and ${told} audit events tell of it`,
          );
        }
      },
    };
  },
};
