/** Clearing and marking a task instance: the GET says what would change, for the ticks as they are; the POST does it. */
import { z } from "zod";
import { type AppContext, actorOf, notFound, platformOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import type { TaskInstanceId } from "../../../catalog/read-through.ts";
import type { Reached, SchedulerReply } from "../../../platform.ts";
import { counted } from "../../format.ts";
import { SELECTION_FIELDS, type SelectionChoice, selectionOf } from "../../parts/selection-fields.tsx";
import { paths } from "../../paths.ts";
import { dagIdOf, runIdOf, taskIdOf } from "../../request.ts";
import { done, respondWithForm, shellOf } from "../../respond.tsx";
import { importErrorCountOf, runOf } from "../runs/routes.tsx";
import { type TaskActionProps, TaskClearingForm } from "./clearing-form.tsx";
import { MARKS, type MarkChoice, TaskMarkingForm } from "./marking-form.tsx";
import { readTaskData } from "./read.ts";

export const taskInstanceActionRoutes = new Routes("page");

const edit = { permission: "task_instance.edit" } as const;
const path = "/dags/:dag_id/runs/:run_id/tasks/:task_id" as const;

const tick = z.literal("true").optional().catch(undefined);
const ticks = z.object({
  map_index: z.coerce.number().int().min(-1).catch(-1),
  asked: tick,
  upstream: tick,
  downstream: tick,
  past: tick,
  future: tick,
  only_failed: tick,
  on_latest_version: tick,
  state: z.enum(MARKS).catch("success"),
  note: z.string().max(1_000).catch(""),
});
type Ticks = z.infer<typeof ticks>;

taskInstanceActionRoutes.get(`${path}/clearing`, { ...edit, query: ticks }, (c, { query }) => askClearing(c, query));
taskInstanceActionRoutes.get(`${path}/marking`, { ...edit, query: ticks }, (c, { query }) => askMarking(c, query));

taskInstanceActionRoutes.post(`${path}/clearing`, { ...edit, form: ticks }, async (c, { body }) => {
  const reply = await clear(c, body, false);
  return reply.ok ? toRun(c, "Cleared", reply) : askClearing(c, body, reply);
});

taskInstanceActionRoutes.post(`${path}/marking`, { ...edit, form: ticks }, async (c, { body }) => {
  const reply = await mark(c, body, false);
  return reply.ok ? toRun(c, `Marked ${body.state}:`, reply) : askMarking(c, body, reply);
});

function clear(c: AppContext, asked: Ticks, dryRun: boolean): Promise<SchedulerReply<Reached>> {
  const id = idOf(c, asked);
  const selection = selectionOf(id, choiceOf(asked, "clearing"));
  return schedulerOf(c).clearTaskInstances(
    selection,
    {
      dryRun,
      resetDagRuns: true,
      note: asked.note || undefined,
      ...(asked.on_latest_version === "true" && { onLatestVersion: true }),
    },
    actorOf(c),
  );
}

function mark(c: AppContext, asked: Ticks, dryRun: boolean): Promise<SchedulerReply<Reached>> {
  const selection = selectionOf(idOf(c, asked), choiceOf(asked, "marking"));
  return schedulerOf(c).markTaskInstances(
    selection,
    asked.state,
    { dryRun, note: asked.note || undefined },
    actorOf(c),
  );
}

type Refusal = Extract<SchedulerReply<Reached>, { ok: false }>;

async function askClearing(c: AppContext, asked: Ticks, refusal?: Refusal) {
  return ask(c, asked, {
    title: "Clear a task instance",
    told: await clear(c, asked, true),
    refusal,
    form: (props) => (
      <TaskClearingForm
        {...props}
        choice={choiceOf(asked, "clearing")}
        isOnLatest={asked.on_latest_version === "true"}
      />
    ),
  });
}

async function askMarking(c: AppContext, asked: Ticks, refusal?: Refusal) {
  const state: MarkChoice = asked.state;
  return ask(c, asked, {
    title: "Mark a task instance",
    told: await mark(c, asked, true),
    refusal,
    form: (props) => <TaskMarkingForm {...props} choice={choiceOf(asked, "marking")} mark={state} />,
  });
}

async function ask(
  c: AppContext,
  asked: Ticks,
  view: {
    readonly title: string;
    readonly told: SchedulerReply<Reached>;
    readonly refusal: Refusal | undefined;
    readonly form: (props: Omit<TaskActionProps, "choice">) => ReturnType<typeof TaskClearingForm>;
  },
) {
  const id = idOf(c, asked);
  const data = await readTaskData(platformOf(c), { run: await runOf(c), id, wantedTry: null });
  const { told } = view;
  const refusal = view.refusal ?? (told.ok ? undefined : told);
  if (data === null || refusal?.code === "not_found") throw notFound(c);
  const importErrorCount = await importErrorCountOf(c);
  const crumbs = [
    { label: id.dagId, href: paths.dag(id.dagId) },
    { label: id.runId, href: paths.run(id.dagId, id.runId) },
    { label: id.taskId, href: paths.task(id) },
    { label: view.title, href: null },
  ];
  const reached = told.ok ? told : null;
  const form = view.form({ instance: data.current, note: asked.note, reached, error: refusal?.message });
  const shown = { title: view.title, crumbs, form, shell: () => shellOf(c, importErrorCount) };
  return respondWithForm(c, shown, refusal === undefined ? 200 : refusal.code === "invalid" ? 422 : 409);
}

/** Until somebody unticks it, a clear takes what lies downstream along. */
function choiceOf(asked: Ticks, action: "clearing" | "marking"): SelectionChoice {
  const choice = Object.fromEntries(SELECTION_FIELDS.map((field) => [field, asked[field] === "true"]));
  const isFirst = asked.asked === undefined && action === "clearing";
  return { ...(choice as SelectionChoice), ...(isFirst ? { downstream: true } : {}) };
}

function toRun(c: AppContext, verb: string, { total }: Reached): Response {
  const id = idOf(c, { map_index: -1 });
  const text =
    total === 0 ? "Nothing was there to change" : `${verb} ${counted(total, "task instance")}; the run goes on`;
  return done(c, paths.run(id.dagId, id.runId), { tone: "done", text });
}

function schedulerOf(c: AppContext) {
  return platformOf(c).schedulers.get(dagIdOf(c));
}

function idOf(c: AppContext, asked: Pick<Ticks, "map_index">): TaskInstanceId {
  return { dagId: dagIdOf(c), runId: runIdOf(c), taskId: taskIdOf(c), mapIndex: asked.map_index };
}
