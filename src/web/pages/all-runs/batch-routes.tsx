/** Clearing, cancelling, marking and deleting many runs: the GET says exactly which, the POST does it. */
import { z } from "zod";
import { type AppContext, actorOf, platformOf, principalOf } from "../../../auth/context.ts";
import { safeNext } from "../../../auth/next.ts";
import { allowedDagIds, can } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readTogether } from "../../../catalog/port.ts";
import { readDagRun } from "../../../catalog/read-through.ts";
import { chosen } from "../../../catalog/sql/chosen.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { recent } from "../../../catalog/sql/recent.ts";
import { inParallel } from "../../../lib/in-parallel.ts";
import { type DagRunView, type SchedulerReply, wholeRun } from "../../../platform.ts";
import { batchFlash, MAX_BATCH, misreadFilters, PARALLEL_CALLS, runKeysOf, selectedRows } from "../../batch.ts";
import { counted } from "../../format.ts";
import { MisreadFilter } from "../../parts/misread-filter.tsx";
import { paths } from "../../paths.ts";
import { cameFrom } from "../../request.ts";
import { clockOf, done, respondWithForm, shellOf } from "../../respond.tsx";
import {
  RUN_BATCH_ACTIONS,
  RUN_BATCH_PERMISSION,
  type RunBatchAction,
  runBatchWords,
  wouldChange,
} from "./run-batch.ts";
import { RunBatchForm } from "./run-batch-form.tsx";
import { runFilterOf, runFilterShape } from "./runs-query.ts";

export const runBatchRoutes = new Routes("page");

const SCOPES = ["failed", "all"] as const;
type Scope = (typeof SCOPES)[number];
const action = z.enum(RUN_BATCH_ACTIONS);
const asked = z.object({
  ...runFilterShape,
  action,
  sel: selectedRows,
  all: z.literal("true").optional().catch(undefined),
  scope: z.enum(SCOPES).optional().catch(undefined),
  next: z.string().max(4_000).catch(""),
});

runBatchRoutes.get(paths.runBatch, { permission: "run.read", query: asked }, async (c, { query }) => {
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const isAll = query.all === "true";
  const misread = isAll ? misreadFilters(c, query, Object.keys(runFilterShape)) : [];
  const wanted =
    isAll && misread.length === 0
      ? recent.runs(runFilterOf(query, allowed.allowedDagIds, clockOf(c).zone), { limit: MAX_BATCH + 1, after: null })
      : chosen.runs(runKeysOf(query.sel), allowed.allowedDagIds);
  const [found, [importErrorCount = 0]] = await readTogether(platformOf(c).catalog, [
    wanted,
    importErrors.count(allowed),
  ]);
  const meant = found.slice(0, MAX_BATCH).filter((run) => mayAct(c, run, query.action));
  const { runs, scope: taken } = await listed(c, meant, query);
  const title = `${runBatchWords[query.action][0].replace(":", "")} many runs`;
  const content =
    misread.length > 0 ? (
      <MisreadFilter names={misread} />
    ) : (
      <RunBatchForm
        action={query.action}
        chosen={meant}
        runs={runs}
        isCut={found.length > MAX_BATCH}
        scope={taken}
        next={query.next === "" ? cameFrom(c, paths.allRuns) : safeNext(query.next)}
      />
    );
  const crumbs = [
    { label: "Runs", href: paths.allRuns },
    { label: title, href: null },
  ];
  const view = { title, crumbs, form: content, nav: "runs" as const, shell: () => shellOf(c, importErrorCount) };
  return respondWithForm(c, view, misread.length > 0 ? 422 : 200);
});

const form = z.object({
  action,
  sel: selectedRows,
  scope: z.enum(SCOPES).catch("failed"),
  next: z.string().max(4_000).default(paths.allRuns),
});

runBatchRoutes.post(paths.runBatch, { permission: "run.edit", form }, async (c, { body }) => {
  const allowed = allowedDagIds(principalOf(c));
  // Asked for again: what is done must be a run that is there, of a DAG that the caller may see.
  const [found] = await readTogether(platformOf(c).catalog, [chosen.runs(runKeysOf(body.sel), allowed)]);
  const meant = found.filter((run) => mayAct(c, run, body.action));
  const problems: string[] = [];
  let changedCount = 0;
  await inParallel(meant, PARALLEL_CALLS, async (known) => {
    // As it is now: what was live when it was ticked may have ended.
    const run = await readDagRun(platformOf(c), known.dagId, known.runId);
    if (run === null || !wouldChange(run, body.action)) return;
    const reply = await act(c, run, body.action, body.scope);
    if (!reply.ok) problems.push(`${run.runId}: ${reply.message}`);
    else if (reply.total !== 0) changedCount += 1;
  });
  const text = `${runBatchWords[body.action][1]} ${counted(changedCount, "run")}`;
  return done(c, safeNext(body.next), batchFlash(text, problems));
});

/** Each run that would change; of a clear, with how much of it. Until somebody chooses, what failed is taken if anything did. */
async function listed(
  c: AppContext,
  meant: readonly DagRunView[],
  asked: { readonly action: RunBatchAction; readonly scope?: Scope | undefined },
) {
  const changing = meant.filter((run) => wouldChange(run, asked.action));
  if (asked.action !== "clearing")
    return { runs: changing.map((run) => ({ run, clearedCount: null })), scope: "failed" as const };
  const counts = async (taken: Scope) => {
    const runs = await inParallel(changing, PARALLEL_CALLS, async (run) => ({
      run,
      clearedCount: await clearedCountOf(c, run, taken),
    }));
    return { runs: runs.filter(({ clearedCount }) => clearedCount !== 0), scope: taken };
  };
  if (asked.scope !== undefined) return counts(asked.scope);
  const failed = await counts("failed");
  return failed.runs.length > 0 ? failed : counts("all");
}

function mayAct(c: AppContext, run: DagRunView, wanted: RunBatchAction): boolean {
  return can(principalOf(c), RUN_BATCH_PERMISSION[wanted], run.dagId);
}

/** The total is told by a clear alone. */
function act(
  c: AppContext,
  run: DagRunView,
  wanted: RunBatchAction,
  taken: Scope,
): Promise<SchedulerReply<{ readonly total?: number }>> {
  const scheduler = platformOf(c).schedulers.get(run.dagId);
  switch (wanted) {
    case "clearing":
      return clear(c, run, taken, false);
    case "success":
      return scheduler.markRun(run.runId, "success", actorOf(c));
    case "cancellation":
    case "failure":
      return scheduler.markRun(run.runId, "failed", actorOf(c));
    case "deletion":
      return scheduler.deleteRun(run.runId, actorOf(c));
  }
}

async function clearedCountOf(c: AppContext, run: DagRunView, taken: Scope): Promise<number | null> {
  const reply = await clear(c, run, taken, true);
  return reply.ok ? reply.total : null;
}

function clear(c: AppContext, { dagId, runId }: DagRunView, taken: Scope, dryRun: boolean) {
  const selection = wholeRun(runId, taken === "failed" ? "failed" : null);
  return platformOf(c).schedulers.get(dagId).clearTaskInstances(selection, { dryRun, resetDagRuns: true }, actorOf(c));
}
