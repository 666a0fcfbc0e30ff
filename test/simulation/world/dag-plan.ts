/**
 * A random DAG as data, and how a deployment changes it: another release of the same DAG has more tasks, fewer, other
 * rules or another schedule. `build-dag.ts` writes it down as an author would.
 */
import { type ExecutorName, TRIGGER_RULES, type TriggerRule } from "../../../src/dag/spec.ts";
import type { Random } from "../machine/random.ts";

export interface TaskPlan {
  readonly taskId: string;
  readonly kind: "plain" | "mapped" | "mapped_over_result" | "branch" | "short_circuit" | "setup" | "teardown";
  readonly upstream: readonly string[];
  readonly triggerRule: TriggerRule;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly retryBackoff: number;
  readonly timeoutMs: number | null;
  readonly pool: string;
  readonly poolSlots: number;
  readonly weight: number;
  readonly executor: ExecutorName;
  readonly dependsOnPast: boolean;
  readonly waitForDownstream: boolean;
  readonly maxActivePerDag: number | null;
  readonly maxActivePerRun: number | null;
  readonly hasCallbacks: boolean;
  readonly items: number;
  readonly body: BodyPlan;
}

/** What the function of a task does, each with so much chance. */
export interface BodyPlan {
  readonly leastMs: number;
  readonly mostMs: number;
  readonly fails: number;
  readonly skips: number;
  readonly forbidsRetry: number;
  readonly namesDelay: number;
  readonly ignoresStop: boolean;
  readonly logs: number;
  readonly pushes: boolean;
  readonly returns: "nothing" | "small" | "large" | "not_json";
}

export interface SchedulePlan {
  readonly type: "manual" | "cron" | "every" | "continuous" | "once";
  readonly expression: string;
  readonly timezone: string;
  readonly everyMs: number;
  readonly dataInterval: boolean;
}

export interface DagPlan {
  readonly dagId: string;
  readonly tasks: readonly TaskPlan[];
  readonly schedule: SchedulePlan;
  readonly startAt: number | null;
  readonly catchup: boolean | "latest";
  readonly overlap: "queue" | "skip";
  readonly jitterMs: number;
  readonly maxActiveRuns: number;
  readonly maxActiveTasks: number | null;
  readonly runTimeoutMs: number | null;
  readonly failFast: boolean;
  readonly maxFailedRuns: number;
  readonly hasCallbacks: boolean;
  readonly deadlineMs: number | null;
}

/** How a world's DAGs are made: some worlds are made of one thing, such as many small tasks in a narrow pool. */
export interface Taste {
  readonly startAt: number;
  readonly pools: readonly string[];
  readonly zones: readonly string[];
  readonly crons: readonly string[];
  readonly isCrowded: boolean;
  readonly hasLongTasks: boolean;
}

export function planDag(random: Random, dagId: string, taste: Taste): DagPlan {
  const count = taste.isCrowded ? random.int(2, 4) : random.int(1, 7);
  const tasks: TaskPlan[] = [];
  for (let index = 0; index < count; index += 1) tasks.push(planTask(random, `t${index}`, tasks, taste));
  if (random.chance(0.2)) addSetup(random, tasks, taste);
  const failFast = random.chance(0.1) && tasks.every((task) => task.triggerRule === "all_success");
  return {
    dagId,
    tasks,
    schedule: planSchedule(random, taste),
    startAt: random.chance(0.7) ? taste.startAt - random.pick([0, 600_000, 7_200_000]) : null,
    catchup: random.pick([true, false, false, "latest"] as const),
    overlap: random.chance(0.2) ? "skip" : "queue",
    jitterMs: random.chance(0.2) ? random.int(1, 60_000) : 0,
    maxActiveRuns: random.pick([1, 2, 3, 16]),
    maxActiveTasks: random.chance(0.3) ? random.int(1, 3) : null,
    runTimeoutMs: random.chance(0.15) ? random.int(20_000, 900_000) : null,
    failFast,
    maxFailedRuns: random.chance(0.1) ? random.int(1, 3) : 0,
    hasCallbacks: random.chance(0.2),
    deadlineMs: random.chance(0.15) ? random.int(1_000, 300_000) : null,
  };
}

function planSchedule(random: Random, taste: Taste): SchedulePlan {
  const type = random.pick(["manual", "cron", "cron", "every", "every", "continuous", "once"] as const);
  return {
    type,
    expression: random.pick(taste.crons),
    timezone: random.pick(taste.zones),
    everyMs: random.pick([60_000, 300_000, 420_000, 900_000]),
    dataInterval: random.chance(0.5),
  };
}

function planTask(random: Random, taskId: string, before: readonly TaskPlan[], taste: Taste): TaskPlan {
  const parents = before.filter(() => random.chance(before.length > 4 ? 0.25 : 0.4)).map((task) => task.taskId);
  const source = before.find((task) => task.kind === "plain" && parents.includes(task.taskId));
  const kind = random.pick([
    "plain",
    "plain",
    "plain",
    "plain",
    "mapped",
    "mapped_over_result",
    "branch",
    "short_circuit",
  ] as const);
  const isFittingKind = kind !== "mapped_over_result" || source !== undefined;
  return {
    taskId,
    kind: isFittingKind ? kind : "plain",
    upstream: parents,
    triggerRule: random.chance(0.6)
      ? "all_success"
      : random.pick(TRIGGER_RULES.filter((rule) => rule !== "all_done_setup_success")),
    retries: random.pick([0, 0, 1, 1, 2, 3]),
    retryDelayMs: random.pick([0, 1_000, 20_000, 120_000]),
    retryBackoff: random.pick([0, 0, 2]),
    timeoutMs: random.chance(0.3) ? random.pick([2_000, 45_000, 90_000, 300_000]) : null,
    pool: random.pick(taste.pools),
    poolSlots: random.chance(0.2) ? 2 : 1,
    weight: random.pick([1, 1, 1, 5]),
    executor: random.pick(["queue", "queue", "queue", "queue", "local", "sequential"] as const),
    dependsOnPast: random.chance(0.1),
    waitForDownstream: random.chance(0.05),
    maxActivePerDag: random.chance(0.1) ? random.int(1, 2) : null,
    maxActivePerRun: random.chance(0.1) ? 1 : null,
    hasCallbacks: random.chance(0.15),
    items: taste.isCrowded ? random.int(8, 24) : random.int(0, 4),
    body: planBody(random, taste),
  };
}

function planBody(random: Random, taste: Taste): BodyPlan {
  const [leastMs, mostMs] = random.pick([
    [0, 0],
    [0, 0],
    [5, 200],
    [500, 5_000],
    [10_000, 60_000],
    taste.hasLongTasks ? [60_000, 600_000] : [100, 1_000],
  ] as const);
  return {
    leastMs: taste.isCrowded ? 100 : leastMs,
    mostMs: taste.isCrowded ? 3_000 : mostMs,
    fails: random.pick([0, 0, 0.1, 0.5, 1]),
    skips: random.pick([0, 0, 0, 0.2]),
    forbidsRetry: random.pick([0, 0, 0.2]),
    namesDelay: random.pick([0, 0, 0.2]),
    ignoresStop: random.chance(0.2),
    logs: random.pick([0, 0, 1, 3]),
    pushes: random.chance(0.2),
    returns: random.pick(["nothing", "small", "small", "small", "small", "large", "not_json"] as const),
  };
}

/** A setup before some task and a teardown behind it. */
function addSetup(random: Random, tasks: TaskPlan[], taste: Taste): void {
  const plain = (taskId: string) => ({
    ...planTask(random, taskId, [], taste),
    triggerRule: "all_success" as const,
    dependsOnPast: false,
    waitForDownstream: false,
  });
  const worker = random.pick(tasks);
  tasks.unshift({ ...plain("make"), kind: "setup", upstream: [] });
  const index = tasks.findIndex((task) => task.taskId === worker.taskId);
  tasks[index] = { ...worker, triggerRule: "all_success", upstream: [...worker.upstream, "make"] };
  tasks.push({ ...plain("unmake"), kind: "teardown", upstream: ["make", worker.taskId] });
}

/** The next release of a DAG. */
export function changePlan(random: Random, plan: DagPlan, taste: Taste): DagPlan {
  const change = random.pick(["retries", "add", "remove", "rename", "schedule", "limits", "rules"] as const);
  const isFree = ({ kind }: TaskPlan) => kind !== "setup" && kind !== "teardown";
  const free = plan.tasks.filter(isFree);
  const chosen = free.length === 0 ? null : random.pick(free);
  if (chosen === null) return plan;
  const others = plan.tasks.filter((task) => task !== chosen);
  const isNeeded = others.some((task) => !isFree(task) && task.upstream.includes(chosen.taskId));
  switch (change) {
    case "retries":
      return { ...plan, tasks: plan.tasks.map((task) => ({ ...task, retries: random.int(0, 2) })) };
    case "add": {
      const taskId = `n${random.hex(4)}`;
      const added = planTask(random, taskId, free, taste);
      return { ...plan, failFast: false, tasks: [...plan.tasks, added] };
    }
    case "remove":
    case "rename": {
      if (isNeeded || (change === "remove" && plan.tasks.length === 1)) return plan;
      if (change === "rename") {
        const taskId = `r${random.hex(4)}`;
        const renamed = (id: string) => (id === chosen.taskId ? taskId : id);
        return {
          ...plan,
          tasks: plan.tasks.map((task) => ({
            ...task,
            taskId: renamed(task.taskId),
            upstream: task.upstream.map(renamed),
          })),
        };
      }
      const tasks = others.map((task) => {
        const upstream = task.upstream.filter((id) => id !== chosen.taskId);
        const hasSource = upstream.some((id) => others.some((other) => other.taskId === id && other.kind === "plain"));
        const kind = task.kind === "mapped_over_result" && !hasSource ? ("plain" as const) : task.kind;
        return { ...task, upstream, kind };
      });
      return { ...plan, tasks };
    }
    case "schedule":
      return { ...plan, schedule: planSchedule(random, taste) };
    case "limits":
      return { ...plan, maxActiveRuns: random.int(1, 4), maxActiveTasks: random.chance(0.5) ? random.int(1, 3) : null };
    case "rules":
      return plan.failFast || plan.tasks.some((task) => !isFree(task))
        ? plan
        : {
            ...plan,
            tasks: plan.tasks.map((task) => ({
              ...task,
              triggerRule: random.pick(["all_success", "all_done", "none_failed"] as const),
            })),
          };
  }
}
