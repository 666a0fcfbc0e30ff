/** What an action on a whole run would change, told before it does, by the rules that `engine/dag-run.ts` goes by. */
import { type AppContext, actorOf, platformOf } from "../../../auth/context.ts";
import { readSpec, readTaskInstances } from "../../../catalog/read-through.ts";
import { isFinishedState, TASK_INSTANCE_STATES, type TaskInstanceState } from "../../../engine/states.ts";
import {
  type DagRunView,
  MAX_LISTED_INSTANCES,
  type Reached,
  type SchedulerReply,
  wholeRun,
} from "../../../platform.ts";

export interface ClearChoice {
  readonly scope: "failed" | "all";
  readonly onLatestVersion: boolean;
}

export function clearRun(
  c: AppContext,
  run: Pick<DagRunView, "dagId" | "runId">,
  choice: ClearChoice,
  { dryRun }: { readonly dryRun: boolean },
): Promise<SchedulerReply<Reached>> {
  const selection = wholeRun(run.runId, choice.scope === "failed" ? "failed" : null);
  const options = { dryRun, resetDagRuns: true, onLatestVersion: choice.onLatestVersion };
  return platformOf(c).schedulers.get(run.dagId).clearTaskInstances(selection, options, actorOf(c));
}

/** Null while the run's scheduler does not answer. A run that is so already changes in nothing. */
export async function markedBy(c: AppContext, run: DagRunView, state: "success" | "failed"): Promise<Reached | null> {
  if (run.state === state) return { instances: [], total: 0 };
  const platform = platformOf(c);
  const states = TASK_INSTANCE_STATES.filter((one) => isMarked(one, state));
  const [page, teardowns] = await Promise.all([
    readTaskInstances(platform, run, { states, limit: MAX_LISTED_INSTANCES }),
    teardownsOf(c, run),
  ]);
  if (page === null) return null;
  // A running run lets its teardowns clean up, whatever it is marked as.
  const instances = page.rows.filter((one) => isFinishedState(one.state) || !teardowns.has(one.taskId));
  return { instances, total: page.total - (page.rows.length - instances.length) };
}

function isMarked(state: TaskInstanceState, as: "success" | "failed"): boolean {
  return as === "success" ? state !== "success" : !isFinishedState(state);
}

async function teardownsOf(c: AppContext, run: DagRunView): Promise<ReadonlySet<string>> {
  if (run.state !== "running") return new Set();
  const spec = await readSpec(platformOf(c), run.dagId, run.versionNumber);
  return new Set(spec?.tasks.flatMap(({ taskId, isTeardown }) => (isTeardown === true ? [taskId] : [])));
}
