/** People who trigger, cancel, clear, mark, pause and delete at any moment, twice if they hear nothing, and look at what they did. */
import type { Actor, SchedulerClient, TaskSelection, TriggerRequest } from "../../../src/platform.ts";
import { select } from "../../fixtures/scheduler-world.ts";
import { Life } from "../machine/life.ts";
import type { World } from "./world.ts";

export const USER: Actor = { name: "somebody", via: "api" };
const ADMIN: Actor = { name: "admin", via: "api" };
const MAX_ATTEMPTS = 3;

type Verb =
  | "createBackfill"
  | "changeBackfill"
  | "trigger"
  | "setPaused"
  | "markRun"
  | "clearTaskInstances"
  | "markTaskInstances"
  | "deleteRun"
  | "deleteDag"
  | "setRunNote"
  | "deleteTaskInstance";

interface Target {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string | null;
  readonly mapIndex: number;
}

export class Users {
  readonly #world: World;
  readonly #life = new Life("user");
  readonly #dagIds: () => readonly string[];
  readonly #pools: readonly string[];
  readonly #redeploy: () => void;
  #count = 0;

  constructor(
    world: World,
    options: {
      readonly dagIds: () => readonly string[];
      readonly pools: readonly string[];
      readonly redeploy: () => void;
    },
  ) {
    this.#world = world;
    this.#dagIds = options.dagIds;
    this.#pools = options.pools;
    this.#redeploy = options.redeploy;
  }

  /** One thing, whatever comes to mind. */
  act(): void {
    const { random } = this.#world;
    const dagId = random.pick(this.#dagIds());
    const truth = this.#world.observer.truth(dagId);
    const runs = [...truth.runs.values()];
    const run = runs.length === 0 ? undefined : random.pick(runs.slice(-4));
    if (run === undefined || random.chance(0.4)) {
      this.#trigger(dagId);
      return;
    }
    const task = random.pick([...truth.ofRun(run.seq), undefined]);
    this.#actOn({ dagId, runId: run.runId, taskId: task?.taskId ?? null, mapIndex: task?.mapIndex ?? -1 });
  }

  #actOn({ dagId, runId, taskId, mapIndex }: Target): void {
    const { random } = this.#world;
    const tasks = taskId === null ? null : [random.chance(0.5) ? taskId : ([taskId, mapIndex] as const)];
    const selection = select({ runId, tasks, downstream: random.chance(0.4), upstream: random.chance(0.1) });
    const instance = { runId, taskId: taskId ?? "t0", mapIndex };
    const acts: readonly (readonly [weight: number, act: () => void])[] = [
      [10, () => this.#do(dagId, "markRun", runId, random.pick(["failed", "failed", "success", "queued"]), USER)],
      [15, () => this.#clear(dagId, selection)],
      [7, () => this.#mark(dagId, selection)],
      [8, () => this.#do(dagId, "setPaused", random.chance(0.4), USER)],
      [3, () => this.#do(dagId, "deleteRun", runId, USER)],
      [2, () => this.#do(dagId, "setRunNote", runId, "seen", USER)],
      [4, () => this.#do(dagId, "deleteDag", USER)],
      [2, () => this.#do(dagId, "deleteTaskInstance", instance, USER)],
      [5, () => this.#backfill(dagId)],
      [8, () => this.#changeLimits()],
      [5, () => this.#look(dagId, instance)],
    ];
    let left = random.int(
      1,
      acts.reduce((sum, [weight]) => sum + weight, 0),
    );
    for (const [weight, act] of acts) {
      left -= weight;
      if (left > 0) continue;
      act();
      return;
    }
  }

  #backfill(dagId: string): void {
    const { random, clockwork } = this.#world;
    const [open] = this.#world.observer.truth(dagId).openBackfills();
    if (open !== undefined) {
      this.#do(dagId, "changeBackfill", open, random.pick(["pause", "unpause", "cancel"]), USER);
      return;
    }
    const toAt = clockwork.now - random.int(0, 30 * 60_000);
    this.#do(dagId, "createBackfill", {
      fromAt: toAt - random.spread(60_000, 2 * 3_600_000),
      toAt,
      isReverse: random.chance(0.3),
      reprocess: random.pick(["none", "failed", "completed"]),
      maxActiveRuns: random.int(1, 3),
      conf: {},
      actor: USER,
    });
  }

  #clear(dagId: string, selection: TaskSelection): void {
    const { random } = this.#world;
    const only = random.pick([null, null, "failed", "running"] as const);
    const options = {
      dryRun: random.chance(0.05),
      resetDagRuns: !random.chance(0.1),
      onLatestVersion: random.chance(0.15),
    };
    this.#do(dagId, "clearTaskInstances", { ...selection, only }, options, USER);
  }

  #mark(dagId: string, selection: TaskSelection): void {
    const state = this.#world.random.pick(["success", "failed", "skipped"] as const);
    this.#do(dagId, "markTaskInstances", selection, state, { dryRun: false }, USER);
  }

  #trigger(dagId: string): void {
    const { random } = this.#world;
    this.#count += 1;
    const key = random.chance(0.5) ? `key${random.int(1, 6)}` : null;
    const request: TriggerRequest = {
      runId: random.chance(0.2) ? `run${random.int(1, 9)}` : null,
      logicalAt: random.chance(0.3)
        ? Math.floor(this.#world.clockwork.now / 60_000) * 60_000 - random.int(0, 5) * 60_000
        : null,
      conf: {},
      note: null,
      idempotencyKey: key,
      bodyHash: key === null ? null : random.pick(["body1", "body1", "body2"]),
      actor: { name: `user${this.#count}`, via: "api" },
    };
    this.#do(dagId, "trigger", request);
    if (key !== null && random.chance(0.3)) this.#do(dagId, "trigger", request);
  }

  #do<Method extends Verb>(dagId: string, method: Method, ...args: Parameters<SchedulerClient[Method]>): void {
    void this.#persist(dagId, method, args);
  }

  /** Whoever hears nothing asks again: only a trigger with a key is then known to happen once. */
  async #persist<Method extends Verb>(
    dagId: string,
    method: Method,
    args: Parameters<SchedulerClient[Method]>,
  ): Promise<void> {
    const { observer, clockwork } = this.#world;
    const isSafe = method !== "trigger" || (args[0] as TriggerRequest).idempotencyKey !== null;
    for (let attempt = 1; attempt <= (isSafe ? MAX_ATTEMPTS : 1); attempt += 1) {
      try {
        const reply = await this.#world.callDag({ life: this.#life }, dagId, method, ...(args as never));
        observer.user({ dagId, verb: method, args, reply: reply as never });
        // A DAG whose file is still there comes back with the next deployment.
        const isDeleted = method === "deleteDag" && (reply as { readonly ok: boolean }).ok;
        if (isDeleted) clockwork.after(this.#world.random.spread(10, 300_000), "a deployment", this.#redeploy);
        return;
      } catch (error) {
        clockwork.log(`${method} of ${dagId} was not answered: ${String(error)}`);
        observer.user({ dagId, verb: method, args, reply: null });
      }
    }
  }

  #changeLimits(): void {
    const { random } = this.#world;
    const caller = { life: this.#life };
    const name = random.pick(this.#pools);
    const slots = random.pick([0, 1, 2, 4, -1]);
    const call = random.pick(["create", "change", "change", "change", "delete", "parallelism"] as const);
    const done =
      call === "create"
        ? this.#world.callLimits(caller, "createPool", { name, slots, includeDeferred: false, description: "" }, ADMIN)
        : call === "change"
          ? this.#world.callLimits(caller, "changePool", name, { slots }, ADMIN)
          : call === "delete"
            ? this.#world.callLimits(caller, "deletePool", name, ADMIN)
            : this.#world.callLimits(caller, "setParallelism", random.pick([null, 1, 3]), ADMIN);
    this.#quietly(done);
  }

  #look(dagId: string, instance: { readonly runId: string; readonly taskId: string; readonly mapIndex: number }): void {
    const caller = { life: this.#life };
    this.#quietly(this.#world.callDag(caller, dagId, "explain", instance));
    this.#quietly(this.#world.callDag(caller, dagId, "taskInstances", instance.runId, { limit: 100 }));
    this.#quietly(this.#world.callDag(caller, dagId, "dag"));
  }

  /** What an operator does so that everything can come to its end. */
  mend(pools: ReadonlyMap<string, boolean>): void {
    const caller = { life: this.#life };
    this.#quietly(this.#world.callLimits(caller, "setParallelism", null, ADMIN));
    for (const [name, exists] of pools) {
      const settings = { name, slots: 4, includeDeferred: false, description: "" };
      const done = exists
        ? this.#world.callLimits(caller, "changePool", name, { slots: 4 }, ADMIN)
        : this.#world.callLimits(caller, "createPool", settings, ADMIN);
      this.#quietly(done);
    }
  }

  unpause(): void {
    for (const dagId of this.#dagIds()) {
      const truth = this.#world.observer.truth(dagId);
      if (truth.dag?.isPaused === true) this.#do(dagId, "setPaused", false, ADMIN);
      for (const id of truth.dag === null ? [] : truth.openBackfills())
        this.#do(dagId, "changeBackfill", id, "unpause", ADMIN);
    }
  }

  retire(): void {
    for (const dagId of this.#dagIds()) this.#quietly(this.#world.callDag({ life: this.#life }, dagId, "retire"));
  }

  cancel(dagId: string, runId: string): void {
    this.#do(dagId, "markRun", runId, "failed", ADMIN);
  }

  /** All instances of one task. */
  mark(dagId: string, runId: string, taskId: string): void {
    const nothingElse = { upstream: false, downstream: false, past: false, future: false, only: null };
    const selection = { runId, fromAt: null, toAt: null, tasks: [taskId], ...nothingElse };
    this.#do(dagId, "markTaskInstances", selection, "failed", { dryRun: false }, ADMIN);
  }

  #quietly(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#world.clockwork.log(`not answered: ${String(error)}`));
  }
}
