import type { Invariant } from "../../watch/invariant.ts";

export const versionIsPinned: Invariant = {
  id: "V1",
  says: "a run keeps the version it was made with, and has tasks of that version alone",
  watch(world, claim) {
    const specs = new Map<string, string>();
    return {
      onCommit({ dagId, runs, instances, truth, dag, cause }) {
        if (dag.after === null) for (const key of [...specs.keys()]) if (key.startsWith(`${dagId}/`)) specs.delete(key);
        for (const { before, after } of runs) {
          // A version that no run uses any more may be written over.
          const left = before === null || before.versionNumber === after?.versionNumber ? null : before.versionNumber;
          const isUsed = [...truth.runs.values()].some(({ versionNumber }) => versionNumber === left);
          if (left !== null && !isUsed) specs.delete(`${dagId}/${left}`);
          if (after === null) continue;
          // A clear may take a run over to the latest version.
          const isMoved = cause.method === "clearTaskInstances";
          claim(
            before === null || before.versionNumber === after.versionNumber || isMoved,
            () => `${dagId} ${after.runId} went from version ${before?.versionNumber} to ${after.versionNumber}`,
          );
          if (after.state === "queued") continue;
          const key = `${dagId}/${after.versionNumber}`;
          const [row] = world
            .host(dagId)
            .sql.exec("SELECT spec_hash FROM dag_version WHERE version_number = ?", after.versionNumber);
          const hash = String(row?.["spec_hash"]);
          claim(
            (specs.get(key) ?? hash) === hash,
            () => `${dagId}: version ${after.versionNumber} was changed after a run had used it`,
          );
          specs.set(key, hash);
          if (after.state === "running" && truth.dag !== null && truth.dag.versionNumber !== after.versionNumber)
            world.observer.marks.hit("version changed in a run");
        }
        for (const { after } of instances) {
          const run = after === null ? undefined : truth.runs.get(after.seq);
          if (after === null || run === undefined) continue;
          claim(
            truth.taskOf(run, after.taskId) !== null || after.reason === "not_in_version",
            () => `${dagId} ${after.key} (${after.state}, ${after.reason}) is no task of version ${run.versionNumber}`,
          );
        }
      },
    };
  },
};
