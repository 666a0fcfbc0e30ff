/** Writes a planned DAG down as an author would, so that simulated definitions are as valid as deployed ones. */
import type { TaskContext } from "../../../src/dag/context.ts";
import { dag } from "../../../src/dag/dag.ts";
import type { DagDefinition } from "../../../src/dag/definition.ts";
import {
  continuous,
  cron,
  crons,
  events,
  every,
  manual,
  once,
  type Schedule,
  type TimetableInput,
  type TimetableRun,
  timetable,
} from "../../../src/dag/schedule.ts";
import type { TaskHandle } from "../../../src/dag/task.ts";
import { type BodyPlan, type DagPlan, isInGroup, type SchedulePlan, sourceOf, type TaskPlan } from "./dag-plan.ts";

/** What the functions of simulated DAGs reach through `env`: the world around their invocation. */
export interface SimulatedEnv {
  readonly ORIGIN: string;
  /** A secret of the deployment: it must turn up nowhere. */
  readonly API_KEY: string;
  readonly world: {
    run(scope: TaskContext, body: BodyPlan, result: ResultPlan): Promise<unknown>;
    callBack(callback: string, context: object): void;
  };
}

/** What a task is to return beside what its body says. */
export type ResultPlan =
  | { readonly type: "any" }
  | { readonly type: "list" }
  | { readonly type: "choice"; readonly of: readonly string[] }
  | { readonly type: "flag" };

type AddTask = (taskId: string, options: object, body: (scope: TaskContext) => unknown) => TaskHandle;
type AddTasks = AddTask & {
  readonly map: AddTask;
  readonly branch: AddTask;
  readonly shortCircuit: AddTask;
  readonly setup: AddTask;
  readonly teardown: AddTask;
};

interface Scope {
  readonly task: AddTasks;
  readonly group: { map(groupId: string, options: object, fill: () => void): unknown };
}

export function buildDag(plan: DagPlan): DagDefinition {
  const follow = (callback: string) => (context: object) => {
    (context as { readonly env: SimulatedEnv }).env.world.callBack(callback, context);
  };
  return dag(
    plan.dagId,
    {
      schedule: scheduleOf(plan.schedule),
      ...(plan.startAt === null ? {} : { startDate: new Date(plan.startAt) }),
      ...(plan.startAt === null || plan.schedule.type === "continuous" ? {} : { catchup: plan.catchup }),
      ...(isRepeated(plan.schedule) ? { overlap: plan.overlap, jitter: plan.jitterMs } : {}),
      maxActiveRuns: plan.maxActiveRuns,
      ...(plan.maxActiveTasks === null ? {} : { maxActiveTasks: plan.maxActiveTasks }),
      ...(plan.runTimeoutMs === null ? {} : { dagRunTimeout: plan.runTimeoutMs }),
      failFast: plan.failFast,
      maxConsecutiveFailedDagRuns: plan.maxFailedRuns,
      ...(plan.hasCallbacks ? { onSuccess: follow("success"), onFailure: follow("failure") } : {}),
      ...(plan.deadlineMs === null
        ? {}
        : { deadlines: [{ from: "queued_at", after: plan.deadlineMs, callback: follow("deadline") }] }),
    },
    (scope) => addTasks(plan, scope as unknown as Scope),
  );
}

function isRepeated({ type }: SchedulePlan): boolean {
  return type === "cron" || type === "crons" || type === "every" || type === "timetable";
}

function scheduleOf(plan: SchedulePlan): Schedule {
  const { expression, timezone, dataInterval, everyMs } = plan;
  switch (plan.type) {
    case "manual":
      return manual();
    case "once":
      return once();
    case "continuous":
      return continuous();
    case "cron":
      return cron(expression, { timezone, dataInterval });
    case "crons":
      return crons([expression, plan.further], { timezone });
    case "every":
      return every(everyMs, { dataInterval });
    case "events":
      return events(
        plan.eventsAt.map((at) => new Date(at)),
        { timezone },
      );
    case "timetable":
      return timetable({ description: "of this world", next: (input) => nextWindow(plan, input) });
  }
}

/** Windows that overlap, each due a minute after its end; after some of them the function knows none, or throws. */
function nextWindow({ everyMs, eventsAt, answers, throws }: SchedulePlan, input: TimetableInput): TimetableRun | null {
  const [from = 0] = eventsAt;
  const { last, earliestAt, now } = input;
  const afterAt = last === null ? (earliestAt ?? now).getTime() - 1 : last.startAt.getTime();
  const number = Math.max(0, Math.floor((afterAt - from) / everyMs) + 1);
  if (number >= answers && throws) throw new Error("the calendar ends here");
  if (number >= answers) return null;
  const startAt = new Date(from + number * everyMs);
  const endAt = new Date(startAt.getTime() + 2 * everyMs);
  return { startAt, endAt, runAfterAt: new Date(endAt.getTime() + 60_000) };
}

function addTasks(plan: DagPlan, { task: add, group: groups }: Scope): void {
  const handles = new Map<string, TaskHandle>();
  const { group } = plan;
  const addTask = (task: TaskPlan): void => {
    const result = resultOf(plan, task);
    const body = (scope: TaskContext) => (scope.env as SimulatedEnv).world.run(scope, task.body, result);
    const options = { ...optionsOf(task, handles), ...mappingOf(plan, task, handles) };
    const localId = isInGroup(task.taskId, group) ? task.taskId.slice(`${group?.groupId}.`.length) : task.taskId;
    handles.set(task.taskId, adderOf(task, add)(localId, options, body));
  };
  const members = plan.tasks.filter(({ taskId }) => isInGroup(taskId, group));
  for (const task of plan.tasks) {
    if (group === null || !members.includes(task)) addTask(task);
    else if (task === members[0]) {
      const over = { item: group.source === null ? itemsOf(group) : handles.get(group.source) };
      groups.map(group.groupId, { over }, () => members.forEach(addTask));
    }
  }
}

function itemsOf({ items }: { readonly items: number }): readonly number[] {
  return Array.from({ length: items }, (_, item) => item);
}

function adderOf({ kind }: TaskPlan, add: AddTasks): AddTask {
  switch (kind) {
    case "plain":
      return add;
    case "mapped":
    case "mapped_over_result":
      return add.map;
    case "branch":
      return add.branch;
    case "short_circuit":
      return add.shortCircuit;
    case "setup":
      return add.setup;
    case "teardown":
      return add.teardown;
  }
}

function resultOf(plan: DagPlan, task: TaskPlan): ResultPlan {
  const isSource = plan.group?.source === task.taskId || plan.tasks.some((other) => sourceOf(plan, other) === task);
  if (isSource) return { type: "list" };
  if (task.kind === "short_circuit") return { type: "flag" };
  if (task.kind !== "branch") return { type: "any" };
  const behind = plan.tasks.filter((other) => other.upstream.includes(task.taskId) && other.kind !== "teardown");
  return { type: "choice", of: behind.map(({ taskId }) => taskId) };
}

function mappingOf(plan: DagPlan, task: TaskPlan, handles: ReadonlyMap<string, TaskHandle>): object {
  if (task.kind === "mapped") return { over: { item: itemsOf(task) } };
  const source = sourceOf(plan, task);
  return source === undefined ? {} : { over: { item: handles.get(source.taskId) } };
}

function optionsOf(task: TaskPlan, handles: ReadonlyMap<string, TaskHandle>): object {
  const upstream = task.upstream.flatMap((id) => handles.get(id) ?? []);
  const follow = (callback: string) => (context: object) => {
    (context as { readonly env: SimulatedEnv }).env.world.callBack(callback, context);
  };
  return {
    ...(task.kind === "teardown" ? teardownOf(task, handles) : { after: upstream, triggerRule: task.triggerRule }),
    retries: task.retries,
    retryDelay: task.retryDelayMs,
    retryExponentialBackoff: task.retryBackoff,
    ...(task.timeoutMs === null ? {} : { executionTimeout: task.timeoutMs }),
    pool: task.pool,
    poolSlots: task.poolSlots,
    priorityWeight: task.weight,
    executor: task.executor,
    dependsOnPast: task.dependsOnPast,
    waitForDownstream: task.waitForDownstream,
    ...(task.maxActivePerDag === null ? {} : { maxActiveTisPerDag: task.maxActivePerDag }),
    ...(task.maxActivePerRun === null ? {} : { maxActiveTisPerDagrun: task.maxActivePerRun }),
    ...(task.hasCallbacks ? { onFailure: follow("task failure"), onRetry: follow("task retry") } : {}),
  };
}

function teardownOf(task: TaskPlan, handles: ReadonlyMap<string, TaskHandle>): object {
  const [setup, ...around] = task.upstream.flatMap((id) => handles.get(id) ?? []);
  return { setups: setup, after: around };
}
