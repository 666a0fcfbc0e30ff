import { z } from "zod";
import { platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { NOTHING_PLANNED, readPlannedRuns } from "../../../catalog/read-through.ts";
import { runHistory } from "../../../catalog/sql/run-history.ts";
import { instantToLocal } from "../../../lib/time-zone.ts";
import { dagIdOf } from "../../request.ts";
import { clockOf, respond, shellOf } from "../../respond.tsx";
import { calendarCells, instantsOf } from "./calendar-cells.ts";
import { CalendarPage } from "./calendar-page.tsx";
import { readDagPage } from "./read-page.ts";

export const dagCalendarRoutes = new Routes("page");

/** Runs that are counted: a DAG of every minute has half a million in a year. */
const MAX_RUNS = 20_000;

const query = z.object({
  mode: z.enum(["day", "hour"]).catch("day"),
  year: z.coerce.number().int().min(1970).max(9998).optional().catch(undefined),
  month: z.coerce.number().int().min(1).max(12).optional().catch(undefined),
});

dagCalendarRoutes.get("/dags/:dag_id/calendar", { permission: "run.read", query }, async (c, { query: asked }) => {
  const { now, zone } = clockOf(c);
  const today = new Date(instantToLocal(now, zone));
  const shown = {
    mode: asked.mode,
    year: asked.year ?? today.getUTCFullYear(),
    month: asked.month ?? today.getUTCMonth() + 1,
  };
  const range = instantsOf(shown, zone);
  const counts = runHistory.counts({ dagId: dagIdOf(c), ...range, limit: MAX_RUNS });
  const [{ dag, importErrorCount, rows }, planned] = await Promise.all([
    readDagPage(c, { type: "latest" }, [counts]),
    range.to <= now ? NOTHING_PLANNED : readPlannedRuns(platformOf(c), dagIdOf(c), range.to),
  ]);
  // A paused DAG has a schedule, and makes nothing by it.
  const { dueAts, isCut } = dag.isPaused ? NOTHING_PLANNED : planned;
  const cells = calendarCells(rows[0], shown, zone, dueAts);
  const total = rows[0].reduce((sum, { count }) => sum + count, 0);
  const plannedUntilAt = isCut ? (dueAts.at(-1) ?? null) : null;
  const data = { dag, query: shown, cells, isCut: total >= MAX_RUNS, plannedUntilAt };
  const page = () => <CalendarPage shell={shellOf(c, importErrorCount)} data={data} />;
  return respond(c, { ptag: null, page, parts: {} });
});
