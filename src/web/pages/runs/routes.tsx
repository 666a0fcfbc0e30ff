import { z } from "zod";
import { type AppContext, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { allowedDagIds } from "../../../auth/permissions.ts";
import { Routes } from "../../../auth/routes.ts";
import { readOne, readTogether } from "../../../catalog/port.ts";
import { readDagRun, readSpec } from "../../../catalog/read-through.ts";
import { importErrors } from "../../../catalog/sql/import-errors.ts";
import { type RunHead, runPages } from "../../../catalog/sql/run-pages.ts";
import { runTasks } from "../../../catalog/sql/run-tasks.ts";
import { taskInstances } from "../../../catalog/sql/task-instances.ts";
import { isTaskId } from "../../../dag/ids.ts";
import { TASK_INSTANCE_STATES } from "../../../engine/states.ts";
import type { DagRunView } from "../../../platform.ts";
import { paths } from "../../paths.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf, runIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import {
  RUN_REGION,
  type RunData,
  type RunQuery,
  runAddress,
  runTitle,
  SHOWN_FAILURES,
  TASKS_PER_PAGE,
} from "./run-data.ts";
import { RunPage, RunRegion } from "./run-page.tsx";
import { instanceCounts, instanceRow, rowsInState, runRows } from "./run-rows.ts";

export const runRoutes = new Routes("page");

const MAX_OPEN_ROWS = 50;

const query = z.object({
  from: z.coerce.number().int().min(0).catch(0),
  state: z.enum(["", ...TASK_INSTANCE_STATES]).catch(""),
  open: z.string().max(250).catch(""),
});

runRoutes.get("/dags/:dag_id/runs/:run_id", { permission: "run.read", query }, async (c, { query: asked }) => {
  const data = await runData(c, asked);
  const { run } = data;
  // While it runs its bars grow, so ten seconds of time are a change too; what it says in words, the page's clock counts on.
  const ptag = ptagOf(data, run.endAt === null ? Math.floor(platformOf(c).clock.now() / 10_000) : null);
  return respond(c, {
    ptag,
    title: runTitle(run),
    address: runAddress(run, data.query),
    page: () => <RunPage shell={shellOf(c, data.head?.importErrorCount ?? 0)} data={data} ptag={ptag} />,
    parts: { [RUN_REGION]: () => <RunRegion data={data} ptag={ptag} /> },
  });
});

async function runData(c: AppContext, asked: RunQuery): Promise<RunData> {
  const open = isTaskId(asked.open) ? asked.open : "";
  const key = { dagId: dagIdOf(c), runId: runIdOf(c) };
  const allowed = { allowedDagIds: allowedDagIds(principalOf(c)) };
  const page = { limit: open === "" ? 0 : MAX_OPEN_ROWS, after: null };
  const [run, [[head], [summary], instances]] = await Promise.all([
    runOf(c),
    readTogether(platformOf(c).catalog, [
      runPages.head({ ...key, ...allowed }),
      runTasks.summary({ dagId: key.dagId, runIds: [key.runId] }),
      ...(open === "" ? [] : [taskInstances.list({ ...allowed, ...key, taskId: open }, page)]),
    ]),
  ]);
  const spec = await specOf(c, run, head ?? null);
  const tasks = summary?.tasks ?? new Map();
  const all =
    run.startAt === null && tasks.size === 0 ? [] : runRows({ spec, tasks, failuresFirst: run.endAt !== null });
  const rows = asked.state === "" ? all : rowsInState(all, asked.state);
  const from = asked.from < rows.length ? asked.from : 0;
  const failed = all.filter(({ state }) => state === "failed");
  return {
    run,
    head: head ?? null,
    query: { ...asked, open, from },
    rows: rows.slice(from, from + TASKS_PER_PAGE),
    rowCount: rows.length,
    failed: failed.slice(0, SHOWN_FAILURES),
    failedCount: failed.length,
    counts: tasks.size === 0 ? [] : instanceCounts(all),
    openRows: (instances ?? []).map(instanceRow),
    bundleIds: summary?.bundleIds ?? [],
    socket: platformOf(c).hasLiveSockets === true ? paths.live(run.dagId) : null,
  };
}

/** A run that was made just now is not in the catalog yet, its version is. */
async function specOf(c: AppContext, run: DagRunView, head: RunHead | null) {
  if (head?.version?.versionNumber === run.versionNumber) return head.version.spec;
  return readSpec(platformOf(c), run.dagId, run.versionNumber);
}

export async function runOf(c: AppContext): Promise<DagRunView> {
  const run = await readDagRun(platformOf(c), dagIdOf(c), runIdOf(c));
  if (run === null) throw notFound(c);
  return run;
}

export async function importErrorCountOf(c: AppContext): Promise<number> {
  const count = importErrors.count({ allowedDagIds: allowedDagIds(principalOf(c)) });
  return (await readOne(platformOf(c).catalog, count)) ?? 0;
}
