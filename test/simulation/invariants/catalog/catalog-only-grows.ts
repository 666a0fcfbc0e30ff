import type { Invariant } from "../../watch/invariant.ts";

/** Triggers of its own see every change of a row, whoever wrote it and however late. */
const WATCHED = [
  { table: "dag_run", key: "OLD.dag_id || '/' || OLD.run_id" },
  { table: "task_instance", key: "OLD.dag_id || '/' || OLD.run_id || '/' || OLD.task_id || '/' || OLD.map_index" },
];

export const catalogOnlyGrows: Invariant = {
  id: "O3",
  says: "a row of the catalog never goes back to an older version, nor is it newer than its object",
  watch(world, claim) {
    const { database } = world.catalog;
    database.exec("CREATE TEMP TABLE gone_back (place TEXT, was INTEGER, became INTEGER, was_state TEXT, state TEXT)");
    for (const { table, key } of WATCHED) {
      database.exec(`CREATE TEMP TRIGGER ${table}_goes_back AFTER UPDATE ON main.${table}
        WHEN NEW.version < OLD.version OR (NEW.version = OLD.version AND NEW.state <> OLD.state)
        BEGIN INSERT INTO gone_back VALUES (${key}, OLD.version, NEW.version, OLD.state, NEW.state); END`);
    }
    const goneBack = database.prepare("SELECT * FROM gone_back LIMIT 1");
    const newest = database.prepare("SELECT max(version) AS version FROM task_instance WHERE dag_id = ?");
    return {
      onCatalog() {
        const row = goneBack.get();
        claim(
          row === undefined,
          () =>
            `${row?.["place"]} went from ${row?.["was_state"]} (${row?.["was"]}) to ${row?.["state"]} (${row?.["became"]})`,
        );
      },
      onCommit({ dagId, dag }) {
        if (dag.after === null || dag.before?.flushedVersion === dag.after.flushedVersion) return;
        const version = Number(newest.get(dagId)?.["version"] ?? 0);
        const { ceiling } = dag.after;
        claim(
          version <= ceiling,
          () => `${dagId}: the catalog has version ${version}, and the object has given none above ${ceiling}`,
        );
      },
    };
  },
};
