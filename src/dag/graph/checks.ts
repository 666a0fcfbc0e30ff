/** Rules that only the whole graph can break. */
import { definitionError } from "../errors.ts";
import type { Upstream } from "./edges.ts";
import type { TaskNode } from "./nodes.ts";

/** What a setup made is there only if it succeeded, so nothing directly behind it may run without that. */
export function checkSetups(where: string, tasks: readonly TaskNode[], upstream: Upstream): void {
  for (const task of tasks) {
    const { triggerRule, isTeardown } = task.settings;
    if (isTeardown === true || triggerRule === "all_success") continue;
    const setup = [...(upstream.get(task) ?? [])].find(({ settings }) => settings.isSetup === true);
    if (setup === undefined) continue;
    throw definitionError(
      `${where}, task "${task.id}"`,
      `its trigger rule is ${triggerRule}, and it runs directly after the setup "${setup.id}": ` +
        "leave out triggerRule, or put a task between",
    );
  }
}

/** As in Airflow: the first failure ends the run, so rules that wait for failures would never be asked. */
export function checkFailFast(where: string, tasks: readonly TaskNode[]): void {
  const unfit = tasks.find(({ settings }) => settings.isTeardown !== true && settings.triggerRule !== "all_success");
  if (unfit === undefined) return;
  throw definitionError(
    `${where}, task "${unfit.id}"`,
    `with failFast every trigger rule must be all_success, got ${unfit.settings.triggerRule}: leave out one of them`,
  );
}
