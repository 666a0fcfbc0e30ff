import { z } from "zod";
import { platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { dagRuns } from "../../../catalog/sql/dag-runs.ts";
import { gantt } from "../../../catalog/sql/gantt.ts";
import { isRunId } from "../../../dag/ids.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { GANTT_REGION, type GanttData, GanttPage, GanttRegion, ganttAddress, ROWS_PER_PAGE } from "./gantt-page.tsx";
import { ganttRows } from "./gantt-rows.ts";
import { rowsWithin, wholeSpan, zoomedSpan } from "./gantt-zoom.ts";
import { readDagPage } from "./read-page.ts";

export const dagGanttRoutes = new Routes("page");

const RUNS_TO_PICK = 25;
/** Tries of a run that are read. */
const MAX_SPANS = 3_000;

const instant = z.coerce.number().int().min(0).max(8.64e15).optional().catch(undefined);
const query = z.object({
  run: z.string().max(250).catch(""),
  row: z.coerce.number().int().min(0).catch(0),
  from: instant,
  to: instant,
});

dagGanttRoutes.get("/dags/:dag_id/gantt", { permission: "run.read", query }, async (c, { query: asked }) => {
  const dagId = dagIdOf(c);
  const wanted = isRunId(asked.run) ? asked.run : null;
  const { dag, importErrorCount, rows } = await readDagPage(c, { type: "latest" }, [
    dagRuns.bars({ dagId, runCount: RUNS_TO_PICK, also: wanted }),
    gantt.spans({ dagId, runId: wanted, limit: MAX_SPANS + 1 }),
  ]);
  const [runs, [spans = []]] = rows;
  const run = (wanted === null ? runs[0] : runs.find(({ runId }) => runId === wanted)) ?? null;
  const now = platformOf(c).clock.now();
  const all = ganttRows(run === null ? [] : spans.slice(0, MAX_SPANS));
  const whole = run === null ? { from: 0, to: 1 } : wholeSpan(run, all, now);
  const zoom = { from: asked.from ?? null, to: asked.to ?? null };
  const span = zoomedSpan(whole, zoom);
  const inSpan = rowsWithin(all, span, now);
  const row = asked.row < inSpan.length ? asked.row : 0;
  const data: GanttData = {
    dag,
    runs,
    run,
    whole,
    span,
    rows: inSpan.slice(row, row + ROWS_PER_PAGE),
    countInSpan: inSpan.length,
    count: all.length,
    query: { run: asked.run, row, ...zoom },
    isCut: spans.length > MAX_SPANS,
  };
  // While it runs its bars grow, so two seconds of time are a change too.
  const isLive = run !== null && run.endAt === null;
  const seconds = isLive ? Math.floor(now / 2_000) : null;
  const ptag = ptagOf({ ...data, whole: isLive ? null : whole, span: isLive ? null : span }, seconds);
  return respond(c, {
    ptag,
    address: ganttAddress(dagId, data.query),
    page: () => <GanttPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
    parts: { [GANTT_REGION]: () => <GanttRegion data={data} ptag={ptag} /> },
  });
});
