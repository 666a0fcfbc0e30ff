/**
 * Invocations of the Worker that run tries: one per delivery of a queue, or per loopback call of an object. Each may die
 * at any moment, stand still and come back, or lose everybody else from sight while its tasks go on.
 */
import type { TaskContext } from "../../../src/dag/context.ts";
import type { ExecutorPorts } from "../../../src/executor/ports.ts";
import type { SchedulerForExecutor, TaskMessage } from "../../../src/executor/protocol.ts";
import { type Delivery, runBatch } from "../../../src/executor/run-batch.ts";
import { flakyStore } from "../machine/flaky-store.ts";
import { Life } from "../machine/life.ts";
import type { TakenBatch } from "../machine/task-queue.ts";
import { runBody } from "./body.ts";
import type { ResultPlan, SimulatedEnv } from "./build-dag.ts";
import type { BodyPlan } from "./dag-plan.ts";
import type { Release } from "./release.ts";
import type { World } from "./world.ts";

/** The platform ends every consumer then. */
const WALL_MS = 15 * 60_000;
export const CANARY = "canary-7f3a9b51";

export class Invocation {
  readonly life: Life;
  readonly startAt: number;
  /** The id that it goes by with schedulers; known once it has one. */
  id = "";
  cutOffUntil = 0;
  clockSkewMs = 0;

  constructor(name: string, startAt: number) {
    this.life = new Life(name);
    this.startAt = startAt;
  }
}

export class Consumers {
  readonly living = new Set<Invocation>();
  /** What is deployed now; invocations keep what they began with. */
  release: Release | null = null;
  readonly #world: World;
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  take(batch: TakenBatch): void {
    const invocation = this.#begin();
    invocation.life.onEnd(() => batch.vanish());
    const running = runBatch(this.#ports(invocation), { channel: batch.queue, deliveries: batch.deliveries });
    void running.finished.then(() => invocation.life.end());
  }

  /** A loopback call: it is cut when the object that made it goes away. */
  runLocally(caller: Life, messages: readonly TaskMessage[]): void {
    const { clockwork } = this.#world;
    clockwork.after(clockwork.random.int(1, 5), `${messages.length} local messages are handed over`, () => {
      if (caller.isOver) return;
      const invocation = this.#begin();
      caller.onEnd(() => invocation.life.end());
      const deliveries = messages.map((body): Delivery => ({ body, ack: () => {}, retry: () => {} }));
      const running = runBatch(this.#ports(invocation), { channel: "local", deliveries });
      void running.finished.then(() => invocation.life.end());
    });
  }

  #begin(): Invocation {
    const { clockwork } = this.#world;
    this.#count += 1;
    const invocation = new Invocation(`consumer${this.#count}`, clockwork.now);
    this.living.add(invocation);
    const cancel = clockwork.after(WALL_MS, `${invocation.life.name} is at its wall`, () => invocation.life.end());
    invocation.life.onEnd(() => {
      cancel();
      this.living.delete(invocation);
    });
    return invocation;
  }

  #ports(invocation: Invocation): ExecutorPorts {
    const { clockwork, faults, random } = this.#world;
    const { life } = invocation;
    const release = this.release;
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> => this.#sleep(life, ms, signal);
    const run = (scope: TaskContext, body: BodyPlan, result: ResultPlan): Promise<unknown> => {
      this.#world.observer.executes(invocation, scope);
      return runBody({ random, sleep }, scope, body, result);
    };
    const callBack = (callback: string, context: object): void => {
      this.#world.observer.callsBack(invocation, callback, context);
    };
    const env: SimulatedEnv = { ORIGIN: "https://simulated.example", API_KEY: CANARY, world: { run, callBack } };
    return {
      schedulers: { get: (dagId) => this.#scheduler(invocation, dagId) },
      objects: flakyStore({ clockwork, faults, store: this.#world.store }, life),
      functions: {
        bundleId: release?.bundleId ?? "none",
        find: (dagId, taskId) => release?.definitions.get(dagId)?.functions[taskId] ?? null,
        definition: (dagId) => release?.definitions.get(dagId) ?? null,
      },
      timer: { now: () => clockwork.now + invocation.clockSkewMs, sleep },
      ids: {
        random: (bytes) => {
          const text = random.hex(bytes * 2);
          if (bytes === 16) invocation.id = text;
          return text;
        },
      },
      env,
      onProblem: ({ code, message }) => clockwork.log(`${life.name} ${code}: ${message}`),
    };
  }

  #scheduler(invocation: Invocation, dagId: string): SchedulerForExecutor {
    const world = this.#world;
    const caller = {
      life: invocation.life,
      isCutOff: () => world.faults.isOn && invocation.cutOffUntil > world.clockwork.now,
    };
    const call = <Method extends keyof SchedulerForExecutor>(
      method: Method,
      ...args: Parameters<SchedulerForExecutor[Method]>
    ): ReturnType<SchedulerForExecutor[Method]> => {
      // It dies before its call leaves, or before it hears the answer.
      if (world.faults.happens("consumer_dies_at_call")) {
        if (world.random.chance(0.5)) invocation.life.end();
        else world.clockwork.after(20, `${invocation.life.name} dies`, () => invocation.life.end());
      }
      return world.callDag(caller, dagId, method, ...(args as never)) as ReturnType<SchedulerForExecutor[Method]>;
    };
    const asSent = <Request extends { readonly v: number }>(request: Request): Request => {
      return world.faults.happens("call_of_older_release") ? { ...request, v: request.v - 1 } : request;
    };
    return {
      claim: (request) => call("claim", asSent(request)),
      report: (request) => call("report", asSent(request)),
      heartbeat: (request) => call("heartbeat", asSent(request)),
      readXComs: (items) => call("readXComs", items),
    };
  }

  #sleep(life: Life, ms: number, signal?: AbortSignal): Promise<void> {
    const { clockwork } = this.#world;
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      let cancel = (): void => {};
      const wake = (): void => {
        cancel();
        signal?.removeEventListener("abort", wake);
        if (!life.isOver) resolve();
      };
      const rise = (): void => {
        const stillMs = life.frozenUntil - clockwork.now;
        if (stillMs > 0 && !life.isOver) cancel = clockwork.after(stillMs, `${life.name} stands still`, rise);
        else wake();
      };
      cancel = clockwork.after(ms, `${life.name} slept`, rise);
      life.onEnd(() => cancel());
      signal?.addEventListener("abort", wake);
    });
  }
}
