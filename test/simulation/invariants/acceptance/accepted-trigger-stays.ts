import type { Invariant } from "../../watch/invariant.ts";

export const acceptedTriggerStays: Invariant = {
  id: "A1",
  says: "a run whose trigger was accepted is there from then on, until a user deletes it or its DAG",
  watch(world, claim) {
    const deleted = new Set<string>();
    return {
      onServed({ object, method, reply }) {
        if (method !== "trigger") return;
        const { ok, run } = reply as { readonly ok: boolean; readonly run?: { readonly runId: string } };
        if (!ok || run === undefined) return;
        const there =
          world.host(object).sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'dag_run'").length > 0 &&
          world.host(object).sql.exec("SELECT 1 FROM dag_run WHERE run_id = ?", run.runId).length > 0;
        // Whoever deleted it meanwhile had to see it first.
        const isDeleted = deleted.has(`${object}/${run.runId}`);
        claim(
          there || isDeleted,
          () => `${object}: the trigger of ${run.runId} was accepted, and there is no such run`,
        );
      },
      onCommit({ dagId, runs, cause, dag }) {
        for (const { before, after } of runs) {
          if (before === null || after !== null) continue;
          deleted.add(`${dagId}/${before.runId}`);
          const isOver = before.state === "success" || before.state === "failed";
          const isDeletion = cause.method === "deleteRun" && cause.args[0] === before.runId;
          claim(
            isDeletion || (dag.after === null && isOver),
            () => `${dagId}: run ${before.runId} (${before.state}) is gone by ${cause.method}`,
          );
          claim(before.state !== "running", () => `${dagId}: run ${before.runId} was deleted while it ran`);
        }
      },
    };
  },
};
