/**
 * A random DAG as data, and how a deployment changes it: another release of the same DAG has more tasks, fewer, other
 * rules or another schedule. `build-dag.ts` writes it down as an author would.
 */
import { type ExecutorName, TRIGGER_RULES, type TriggerRule } from "../../../src/dag/spec.ts";
import type { Random } from "../machine/random.ts";

const MINUTE_MS = 60_000;

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
  readonly type: "manual" | "cron" | "crons" | "every" | "continuous" | "once" | "events" | "timetable";
  readonly expression: string;
  /** Of `crons`: the second expression. */
  readonly further: string;
  readonly timezone: string;
  readonly everyMs: number;
  readonly dataInterval: boolean;
  /** Of `events`. */
  readonly eventsAt: readonly number[];
  /** Of `timetable`: the function answers the first so many times, and throws or ends then. */
  readonly answers: number;
  readonly throws: boolean;
}

/** The tasks whose ids begin with its own are in it, side by side in the plan. */
export interface GroupPlan {
  readonly groupId: string;
  readonly items: number;
  /** The task whose result it is mapped over, in place of the items. */
  readonly source: string | null;
}

export interface DagPlan {
  readonly dagId: string;
  readonly tasks: readonly TaskPlan[];
  /** A mapped group. */
  readonly group: GroupPlan | null;
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
  const group = random.chance(0.25) ? drawGroup(random, tasks) : null;
  if (random.chance(0.2)) addSetup(random, tasks, taste);
  const failFast = random.chance(0.1) && tasks.every((task) => task.triggerRule === "all_success");
  return {
    dagId,
    tasks: group === null ? tasks : withFittingKinds(tasks, group),
    group,
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
  const type = random.pick([
    ...(["manual", "cron", "cron", "every", "every", "continuous", "once"] as const),
    ...(["crons", "events", "timetable"] as const),
  ]);
  return {
    type,
    expression: random.pick(taste.crons),
    further: random.pick(taste.crons),
    timezone: random.pick(taste.zones),
    everyMs: random.pick([60_000, 300_000, 420_000, 900_000]),
    dataInterval: random.chance(0.5),
    eventsAt: Array.from({ length: random.int(1, 6) }, () => taste.startAt + MINUTE_MS * random.int(-60, 60)),
    answers: random.pick([3, 1_000]),
    throws: random.chance(0.5),
  };
}

/** Puts a few tasks that stand side by side into a mapped group. */
function drawGroup(random: Random, tasks: TaskPlan[]): GroupPlan {
  const groupId = "g";
  const first = random.int(0, tasks.length - 1);
  const last = Math.min(tasks.length - 1, first + random.int(0, 2));
  const members = new Set(tasks.slice(first, last + 1).map(({ taskId }) => taskId));
  const inGroup = (id: string) => (members.has(id) ? `${groupId}.${id}` : id);
  const sources = tasks.slice(0, first).filter(({ kind }) => kind === "plain");
  tasks.forEach((task, index) => {
    tasks[index] = { ...task, taskId: inGroup(task.taskId), upstream: task.upstream.map(inGroup) };
  });
  const source = sources.length > 0 && random.chance(0.5) ? random.pick(sources).taskId : null;
  return { groupId, items: random.int(0, 4), source };
}

export function isInGroup(taskId: string, group: GroupPlan | null): boolean {
  return group !== null && taskId.startsWith(`${group.groupId}.`);
}

/** The plain task outside of a mapped group whose result another is mapped over. */
export function sourceOf(plan: Pick<DagPlan, "tasks" | "group">, task: TaskPlan): TaskPlan | undefined {
  if (task.kind !== "mapped_over_result") return undefined;
  return plan.tasks.find(
    (other) => other.kind === "plain" && task.upstream.includes(other.taskId) && !isInGroup(other.taskId, plan.group),
  );
}

/** In a mapped group nothing is mapped once more, and nothing is mapped over what is in one. */
function withFittingKinds(tasks: readonly TaskPlan[], group: GroupPlan | null): readonly TaskPlan[] {
  return tasks.map((task): TaskPlan => {
    const isMapped = task.kind === "mapped" || task.kind === "mapped_over_result";
    const isFitting = !isInGroup(task.taskId, group) || !isMapped;
    const hasSource = task.kind !== "mapped_over_result" || sourceOf({ tasks, group }, task) !== undefined;
    return isFitting && hasSource ? task : { ...task, kind: "plain" };
  });
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
    weight: taste.isCrowded ? 1 : random.pick([1, 1, 1, 5]),
    executor: random.pick(["queue", "queue", "queue", "queue", "local", "sequential"] as const),
    dependsOnPast: random.chance(0.1),
    waitForDownstream: random.chance(0.05),
    maxActivePerDag: random.chance(0.1) ? random.int(1, 2) : null,
    maxActivePerRun: random.chance(0.1) ? 1 : null,
    hasCallbacks: random.chance(0.15),
    items: taste.isCrowded ? random.int(12, 32) : random.int(0, 4),
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
  const change = random.pick(["retries", "add", "remove", "rename", "schedule", "limits", "rules", "group"] as const);
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
        const prefix = isInGroup(chosen.taskId, plan.group) ? `${plan.group?.groupId}.` : "";
        const taskId = `${prefix}r${random.hex(4)}`;
        const renamed = (id: string) => (id === chosen.taskId ? taskId : id);
        const { group } = plan;
        return {
          ...plan,
          group: group?.source === chosen.taskId ? { ...group, source: taskId } : group,
          tasks: plan.tasks.map((task) => ({
            ...task,
            taskId: renamed(task.taskId),
            upstream: task.upstream.map(renamed),
          })),
        };
      }
      const tasks = others.map((task) => {
        return { ...task, upstream: task.upstream.filter((id) => id !== chosen.taskId) };
      });
      const own = plan.group?.source === chosen.taskId ? { ...plan.group, source: null } : plan.group;
      const group = own !== null && tasks.some(({ taskId }) => isInGroup(taskId, own)) ? own : null;
      return { ...plan, tasks: withFittingKinds(tasks, group), group };
    }
    case "schedule":
      return { ...plan, schedule: planSchedule(random, taste) };
    case "group":
      return plan.group === null ? plan : { ...plan, group: { ...plan.group, items: random.int(0, 4) } };
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
