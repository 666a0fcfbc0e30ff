import type { Invariant } from "../../watch/invariant.ts";

export const acknowledgedIsThere: Invariant = {
  id: "O2",
  says: "an object takes a row for told only when the catalog has it, audit events included, and finds the others after a start",
  watch(world, claim) {
    const flushed = new Map<string, number>();
    const events = new Map<string, Set<number>>();
    const versionOf = (sql: string) => world.catalog.database.prepare(sql);
    let prepared: {
      run: ReturnType<typeof versionOf>;
      instance: ReturnType<typeof versionOf>;
      event: ReturnType<typeof versionOf>;
    } | null = null;
    return {
      onCommit({ dagId, dag, truth, instances }) {
        for (const { after } of instances) {
          const run = after === null ? undefined : truth.runs.get(after.seq);
          if (after === null || run === undefined) continue;
          claim(!run.isSettled, () => `${dagId} ${after.key} changed, and a start of the object would not tell it`);
        }
        prepared ??= {
          run: versionOf(
            "SELECT max(version, deleted_version) AS version FROM dag_run WHERE dag_id = ? AND run_id = ?",
          ),
          instance: versionOf(
            "SELECT version FROM task_instance WHERE dag_id = ? AND run_id = ? AND task_id = ? AND map_index = ?",
          ),
          event: versionOf("SELECT 1 FROM event_log WHERE event_id = ?"),
        };
        const before = flushed.get(dagId) ?? 0;
        const after = dag.after?.flushedVersion ?? 0;
        flushed.set(dagId, after);
        const { sql } = world.host(dagId);
        const left =
          dag.after === null
            ? new Set<number>()
            : new Set(sql.exec("SELECT seq FROM event").map((row) => Number(row["seq"])));
        for (const seq of events.get(dagId) ?? []) {
          if (!left.has(seq))
            claim(
              prepared.event.get(`${dagId}:${seq}`) !== undefined,
              () => `${dagId}: audit event ${seq} is gone, and the catalog has none`,
            );
        }
        events.set(dagId, left);
        if (after <= before) return;
        for (const run of truth.runs.values()) {
          if (run.version <= before || run.version > after) continue;
          const row = prepared.run.get(dagId, run.runId);
          claim(
            Number(row?.["version"] ?? 0) >= run.version,
            () =>
              `${dagId}: flushed up to ${after}, and the catalog has ${run.runId} at ${row?.["version"]}, not ${run.version}`,
          );
        }
        for (const instance of truth.instances.values()) {
          if (instance.version <= before || instance.version > after) continue;
          const run = truth.runs.get(instance.seq);
          if (run === undefined) continue;
          const row = prepared.instance.get(dagId, run.runId, instance.taskId, instance.mapIndex);
          claim(
            Number(row?.["version"] ?? 0) >= instance.version,
            () =>
              `${dagId}: flushed up to ${after}, and the catalog has ${instance.key} at ${row?.["version"]}, not ${instance.version}`,
          );
        }
      },
    };
  },
};
