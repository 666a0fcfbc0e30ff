import type { Invariant } from "../../watch/invariant.ts";

export const catalogEqualsTruth: Invariant = {
  id: "O4",
  says: "at rest the catalog shows what the objects hold, and nothing else",
  watch(world, claim) {
    return {
      onRest() {
        const read = (sql: string) => world.catalog.database.prepare(sql).all();
        const shown = new Map(
          read("SELECT * FROM live_dag_run").map((row) => [`${row["dag_id"]}/${row["run_id"]}`, row]),
        );
        const instances = new Map(
          read("SELECT * FROM live_task_instance").map((row) => [
            `${row["dag_id"]}/${row["run_id"]}/${row["task_id"]}/${row["map_index"]}`,
            row,
          ]),
        );
        for (const [dagId, truth] of world.observer.truths) {
          for (const run of truth.runs.values()) {
            const key = `${dagId}/${run.runId}`;
            const row = shown.get(key);
            shown.delete(key);
            const isSame =
              row?.["state"] === run.state &&
              row["end_at"] === run.endAt &&
              row["start_at"] === run.startAt &&
              row["clear_number"] === run.clearNumber &&
              row["reason"] === run.reason;
            claim(
              isSame,
              () =>
                `${key} is ${run.state} (${run.reason}), and the catalog shows ${String(row?.["state"])} (${String(row?.["reason"])})`,
            );
            for (const instance of truth.ofRun(run.seq)) {
              const place = `${key}/${instance.taskId}/${instance.mapIndex}`;
              const seen = instances.get(place);
              instances.delete(place);
              const isNone = instance.state === "none" && seen === undefined;
              const shownState = seen?.["state"] ?? "none";
              const isEqual = shownState === instance.state && Number(seen?.["try_number"] ?? 0) === instance.tryNumber;
              claim(
                isNone || isEqual,
                () =>
                  `${place} is ${instance.state} in try ${instance.tryNumber}, and the catalog shows ${String(seen?.["state"])} in try ${String(seen?.["try_number"])}`,
              );
            }
          }
        }
        const [more] = shown.keys();
        claim(more === undefined, () => `the catalog shows the run ${more}, which does not exist`);
        const errors = read("SELECT * FROM projection_error");
        claim(errors.length === 0, () => `the catalog refused ${JSON.stringify(errors[0])}`);
      },
    };
  },
};
