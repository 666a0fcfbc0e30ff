import { z } from "zod";
import type { AppContext } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { dagRuns } from "../../../catalog/sql/dag-runs.ts";
import { runTasks } from "../../../catalog/sql/run-tasks.ts";
import { isRunId } from "../../../dag/ids.ts";
import { readDisplay, type VersionDisplay } from "../../display.ts";
import { layOutGraph } from "../../graph/graph-layout.ts";
import { type GraphMap, mapOf } from "../../graph/graph-map.ts";
import { DEPTHS, type GraphChoice, type GraphSpec, isFirstLook, viewOf } from "../../graph/graph-view.ts";
import { ptagOf } from "../../ptag.ts";
import { dagIdOf } from "../../request.ts";
import { respond, shellOf } from "../../respond.tsx";
import { likelyFocus } from "./graph-boxes.ts";
import { GRAPH_REGION, type GraphData, type GraphQuery, graphAddress, ZOOMS } from "./graph-data.ts";
import { GraphPage, GraphRegion } from "./graph-page.tsx";
import { readDagPage } from "./read-page.ts";

export const dagGraphRoutes = new Routes("page");

const RUNS_TO_PICK = 25;

const query = z.object({
  run: z.string().max(250).catch(""),
  version: z.union([z.literal(""), z.coerce.number().int().min(1)]).catch(""),
  focus: z.string().trim().max(250).catch(""),
  depth: z.coerce
    .number()
    .refine((depth) => DEPTHS.some((known) => known === depth))
    .catch(2),
  groups: z.enum(["", "open", "closed"]).catch(""),
  flip: z
    .string()
    .max(4_000)
    .transform((text) => text.split(",").filter((id) => id !== ""))
    .catch([]),
  dir: z.enum(["", "down"]).catch(""),
  zoom: z
    .union([
      z.literal("fit"),
      z.coerce
        .number()
        .int()
        .refine((zoom) => ZOOMS.some((known) => known === zoom)),
    ])
    .or(z.literal(""))
    .catch(""),
  /** A place on the map of all tasks. */
  at: z
    .string()
    .regex(/^\d{1,7},\d{1,7}$/)
    .optional()
    .catch(undefined),
});

dagGraphRoutes.get("/dags/:dag_id/graph", { permission: "dag.read", query }, async (c, { query: asked }) => {
  const { at, ...rest } = asked;
  const { data, importErrorCount } = await graphData(c, rest, at ?? null);
  const ptag = ptagOf(data.query, data.versionNumber, data.runs, statesIn(data), data.dag);
  return respond(c, {
    ptag,
    address: graphAddress(data.dag.dagId, data.query),
    page: () => <GraphPage shell={shellOf(c, importErrorCount)} data={data} ptag={ptag} />,
    parts: { [GRAPH_REGION]: () => <GraphRegion data={data} ptag={ptag} /> },
  });
});

async function graphData(c: AppContext, asked: GraphQuery, at: string | null) {
  const dagId = dagIdOf(c);
  const runId = isRunId(asked.run) ? asked.run : null;
  const ofRun = runId === null ? ({ type: "of_latest_run" } as const) : ({ type: "of_run", runId } as const);
  const isOfVersion = asked.version !== "";
  const version = isOfVersion ? ({ type: "number", versionNumber: Number(asked.version) } as const) : ofRun;
  const read = await readDagPage(c, version, [
    runTasks.summary({ dagId, runIds: isOfVersion ? [] : runId === null ? "latest" : [runId] }),
    dagRuns.bars({ dagId, runCount: RUNS_TO_PICK, also: runId }),
  ]);
  const [[run], runs] = read.rows;
  const spec = read.version?.spec ?? { tasks: [], groups: [] };
  const display = readDisplay(read.version?.display ?? null);
  const tasks = run?.tasks ?? new Map();
  const query = { ...asked, focus: at === null ? taskNamed(spec, asked.focus) : taskNear(spec, display, at) };
  const { tasks: _tasks, ...bar } = run ?? { tasks };
  const data: GraphData = {
    dag: read.dag,
    spec,
    versionNumber: read.version?.versionNumber ?? read.dag.versionNumber,
    query,
    ...drawing(spec, query, { display, likely: likelyFocus(spec, tasks) }),
    runs,
    run: run === undefined ? null : (bar as NonNullable<GraphData["run"]>),
    tasks,
  };
  return { data, importErrorCount: read.importErrorCount };
}

/** What is told of the tasks in short: a drawing of closed groups stands for thousands of them. */
function statesIn({ tasks, view }: GraphData): string {
  let states = "";
  for (const { taskId, counts, startAt, endAt } of tasks.values()) {
    if (view.shown !== null && !view.shown.has(taskId)) continue;
    states += `${taskId} ${startAt} ${endAt}`;
    for (const { state, count } of counts) states += ` ${state} ${count}`;
  }
  return states;
}

function drawing(
  spec: GraphSpec,
  query: GraphQuery,
  known: { readonly display: VersionDisplay | null; readonly likely: string | null },
): Pick<GraphData, "view" | "layout" | "map"> {
  const choice: GraphChoice = {
    focus: query.focus === "" ? null : query.focus,
    depth: query.depth,
    areOpen: query.groups === "" ? null : query.groups === "open",
    flipped: query.flip,
  };
  const view = viewOf(spec, choice, known.likely);
  const stored = isFirstLook(choice) && view.shown === null && query.dir === "" ? known.display?.graph : undefined;
  return {
    view,
    layout: stored ?? layOutGraph(spec, view, query.dir === "down" ? "down" : "right"),
    map: view.shown === null || view.shown.size === spec.tasks.length ? null : mapIn(spec, known.display),
  };
}

function mapIn(spec: GraphSpec, display: VersionDisplay | null): GraphMap {
  return display?.map ?? mapOf(spec);
}

/** The task of this id, or the first whose id holds the text. */
function taskNamed({ tasks }: GraphSpec, text: string): string {
  if (text === "") return "";
  const part = text.toLowerCase();
  const found =
    tasks.find(({ taskId }) => taskId === text) ?? tasks.find(({ taskId }) => taskId.toLowerCase().includes(part));
  return found?.taskId ?? "";
}

function taskNear(spec: GraphSpec, display: VersionDisplay | null, at: string): string {
  const [x = 0, y = 0] = at.split(",").map(Number);
  const { points } = mapIn(spec, display);
  let best = { taskId: "", distance: Number.POSITIVE_INFINITY };
  for (const [place, { taskId }] of spec.tasks.entries()) {
    const distance = Math.hypot((points[place * 2] ?? 0) + 4 - x, (points[place * 2 + 1] ?? 0) - y);
    if (distance < best.distance) best = { taskId, distance };
  }
  return best.taskId;
}
