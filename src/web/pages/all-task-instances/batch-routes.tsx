/** Clearing and marking many task instances: the GET says exactly which, with what comes along; the POST does it. */
import { z } from "zod";
import { type AppContext, actorOf, platformOf, principalOf } from "../../../auth/context.ts";
import { safeNext } from "../../../auth/next.ts";
import { allowedDagIds, can } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { chosen } from "../../../catalog/sql/chosen.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { recent } from "../../../catalog/sql/recent.ts";
import { inParallel } from "../../../lib/in-parallel.ts";
import type { Reached, TaskInstanceView } from "../../../platform.ts";
import { batchFlash, MAX_BATCH, misreadFilters, PARALLEL_CALLS, selectedRows, taskKeysOf } from "../../batch.ts";
import { counted } from "../../format.ts";
import { MisreadFilter } from "../../parts/misread-filter.tsx";
import { paths } from "../../paths.ts";
import { cameFrom } from "../../request.ts";
import { clockOf, done, respondWithForm, shellOf } from "../../respond.tsx";
import { TASK_BATCH_ACTIONS, type TaskBatchAction, TaskBatchForm } from "./task-batch-form.tsx";
import { taskInstanceFilterOf, taskInstanceFilterShape } from "./task-instances-query.ts";

export const taskBatchRoutes = new Routes("page");

const tick = z.literal("true").optional().catch(undefined);
const choice = {
  action: z.enum(TASK_BATCH_ACTIONS),
  sel: selectedRows,
  downstream: tick,
  note: z.string().max(1_000).catch(""),
};
const asked = z.object({ ...taskInstanceFilterShape, ...choice, all: tick, next: z.string().max(4_000).catch("") });
type Choice = z.output<z.ZodObject<typeof choice>>;

taskBatchRoutes.get(paths.taskBatch, { permission: "task_instance.read", query: asked }, async (c, { query }) => {
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const filter = taskInstanceFilterOf(query, allowed.allowedDagIds, clockOf(c).zone);
  const isAll = query.all === "true";
  const misread = isAll ? misreadFilters(c, query, Object.keys(taskInstanceFilterShape)) : [];
  const wanted =
    isAll && misread.length === 0
      ? recent.taskInstances(filter, { limit: MAX_BATCH + 1, after: null })
      : chosen.taskInstances(taskKeysOf(query.sel), allowed.allowedDagIds);
  const [found, [importErrorCount = 0]] = await readTogether(platformOf(c).catalog, [
    wanted,
    importErrors.count(allowed),
  ]);
  const meant = meantOf(c, found.slice(0, MAX_BATCH));
  const told = await perform(c, meant, query, true);
  const title = query.action === "clearing" ? "Clear many task instances" : `Mark many task instances ${query.action}`;
  const content =
    misread.length > 0 ? (
      <MisreadFilter names={misread} />
    ) : (
      <TaskBatchForm
        action={query.action}
        chosen={meant}
        isCut={found.length > MAX_BATCH}
        downstream={query.downstream === "true"}
        note={query.note}
        {...told}
        next={query.next === "" ? cameFrom(c, paths.allTaskInstances) : safeNext(query.next)}
      />
    );
  const crumbs = [
    { label: "Task instances", href: paths.allTaskInstances },
    { label: title, href: null },
  ];
  const nav = "task-instances" as const;
  const view = { title, crumbs, form: content, nav, shell: () => shellOf(c, importErrorCount) };
  return respondWithForm(c, view, misread.length > 0 ? 422 : 200);
});

const form = z.object({ ...choice, next: z.string().max(4_000).default(paths.allTaskInstances) });

taskBatchRoutes.post(paths.taskBatch, { permission: "task_instance.edit", form }, async (c, { body }) => {
  const allowed = allowedDagIds(principalOf(c));
  const [found] = await readTogether(platformOf(c).catalog, [chosen.taskInstances(taskKeysOf(body.sel), allowed)]);
  const { reached, problems } = await perform(c, meantOf(c, found), body, false);
  const did = body.action === "clearing" ? "Cleared" : `Marked ${body.action}:`;
  return done(c, safeNext(body.next), batchFlash(`${did} ${counted(reached.total, "task instance")}`, problems));
});

function meantOf(c: AppContext, found: readonly TaskInstanceView[]): readonly TaskInstanceView[] {
  return found.filter(({ dagId }) => can(principalOf(c), "task_instance.edit", dagId));
}

/** A call per run: its task instances change together. */
async function perform(c: AppContext, meant: readonly TaskInstanceView[], asked: Choice, dryRun: boolean) {
  const ofRuns = [...Map.groupBy(meant, ({ dagId, runId }) => `${dagId}/${runId}`).values()];
  const instances: TaskInstanceView[] = [];
  const problems: string[] = [];
  let total = 0;
  await inParallel(ofRuns, PARALLEL_CALLS, async (group) => {
    const reply = await performInRun(c, group, asked, dryRun);
    if (!reply.ok) problems.push(`${group[0]?.runId}: ${reply.message}`);
    else {
      total += reply.total;
      instances.push(...reply.instances);
    }
  });
  const reached: Reached = { instances, total };
  return { reached, problems };
}

function performInRun(c: AppContext, group: readonly TaskInstanceView[], asked: Choice, dryRun: boolean) {
  const [first] = group;
  if (first === undefined) throw new Error("Assertion failed: a group has a member");
  const { action, note, downstream } = asked;
  const selection = {
    runId: first.runId,
    fromAt: null,
    toAt: null,
    tasks: group.map(({ taskId, mapIndex }) => (mapIndex < 0 ? taskId : ([taskId, mapIndex] as const))),
    upstream: false,
    downstream: downstream === "true",
    past: false,
    future: false,
    only: null,
  };
  const scheduler = platformOf(c).schedulers.get(first.dagId);
  const options = { dryRun, note: note || undefined };
  return action === "clearing"
    ? scheduler.clearTaskInstances(selection, { ...options, resetDagRuns: true }, actorOf(c))
    : scheduler.markTaskInstances(selection, action satisfies TaskBatchAction, options, actorOf(c));
}
