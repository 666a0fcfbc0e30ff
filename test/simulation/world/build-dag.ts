/** Writes a planned DAG down as an author would, so that simulated definitions are as valid as deployed ones. */
import type { TaskContext } from "../../../src/dag/context.ts";
import { dag } from "../../../src/dag/dag.ts";
import type { DagDefinition } from "../../../src/dag/definition.ts";
import { continuous, cron, every, manual, once, type Schedule } from "../../../src/dag/schedule.ts";
import type { TaskHandle } from "../../../src/dag/task.ts";
import type { BodyPlan, DagPlan, SchedulePlan, TaskPlan } from "./dag-plan.ts";

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
    (scope) => addTasks(plan, scope.task as unknown as AddTasks),
  );
}

function isRepeated({ type }: SchedulePlan): boolean {
  return type === "cron" || type === "every";
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
    case "every":
      return every(everyMs, { dataInterval });
  }
}

function addTasks(plan: DagPlan, add: AddTasks): void {
  const handles = new Map<string, TaskHandle>();
  for (const task of plan.tasks) {
    const result = resultOf(plan, task);
    const body = (scope: TaskContext) => (scope.env as SimulatedEnv).world.run(scope, task.body, result);
    const options = optionsOf(task, handles);
    const handle = adderOf(task, add)(task.taskId, { ...options, ...mappingOf(plan, task, handles) }, body);
    handles.set(task.taskId, handle);
  }
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

/** The task whose result another is mapped over. */
function sourceOf(plan: DagPlan, task: TaskPlan): TaskPlan | undefined {
  if (task.kind !== "mapped_over_result") return undefined;
  return plan.tasks.find((other) => other.kind === "plain" && task.upstream.includes(other.taskId));
}

function resultOf(plan: DagPlan, task: TaskPlan): ResultPlan {
  if (plan.tasks.some((other) => sourceOf(plan, other) === task)) return { type: "list" };
  if (task.kind === "short_circuit") return { type: "flag" };
  if (task.kind !== "branch") return { type: "any" };
  const behind = plan.tasks.filter((other) => other.upstream.includes(task.taskId) && other.kind !== "teardown");
  return { type: "choice", of: behind.map(({ taskId }) => taskId) };
}

function mappingOf(plan: DagPlan, task: TaskPlan, handles: ReadonlyMap<string, TaskHandle>): object {
  if (task.kind === "mapped") return { over: { item: Array.from({ length: task.items }, (_, item) => item) } };
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
