/**
 * A whole deployment in one process, of the real parts of `src/`: the schedulers of all DAGs, the limits, executors, the
 * sync of the bundle, the watchdog, the catalog on SQLite. Only what stands between them is simulated.
 */
import type { DagId } from "../../../src/dag/ids.ts";
import { DEFAULT_SETTINGS, type EngineSettings } from "../../../src/engine/defaults.ts";
import type { QueueName } from "../../../src/executor/protocol.ts";
import type { Limits } from "../../../src/limits/limits.ts";
import type { LimitsClient, SchedulerClient } from "../../../src/platform.ts";
import type { DagScheduler } from "../../../src/scheduler/dag-scheduler.ts";
import { MemoryObjectStore } from "../../fixtures/memory-object-store.ts";
import type { SqliteCatalog } from "../../fixtures/sqlite-catalog.ts";
import { Clockwork } from "../machine/clockwork.ts";
import { Faults } from "../machine/faults.ts";
import { FlakyCatalog } from "../machine/flaky-catalog.ts";
import type { Caller } from "../machine/network.ts";
import { Network } from "../machine/network.ts";
import type { ObjectHost } from "../machine/object-host.ts";
import { Random } from "../machine/random.ts";
import { SimulatedQueue } from "../machine/task-queue.ts";
import type { Observer } from "../watch/observer.ts";
import { Consumers } from "./consumers.ts";
import { limitsHost } from "./limits-host.ts";
import { schedulerHost } from "./scheduler-host.ts";

export interface WorldOptions {
  readonly seed: number;
  readonly startAt: number;
  readonly catalog: SqliteCatalog;
  readonly print: ((line: string) => void) | null;
  readonly calm: boolean;
  readonly observe: (world: World) => Observer;
}

type Args<Method> = Method extends (...args: infer Given) => unknown ? Given : never;
type Reply<Method> = Method extends (...args: never[]) => Promise<infer Given> ? Given : never;

export class World {
  readonly seed: number;
  readonly random: Random;
  readonly clockwork: Clockwork;
  readonly faults: Faults;
  readonly network: Network;
  readonly catalog: SqliteCatalog;
  readonly flaky: FlakyCatalog;
  readonly store = new MemoryObjectStore();
  readonly queues: Readonly<Record<QueueName, SimulatedQueue>>;
  readonly hosts = new Map<string, ObjectHost<DagScheduler>>();
  readonly limits: ObjectHost<Limits>;
  readonly consumers: Consumers;
  readonly observer: Observer;
  readonly settings: EngineSettings = DEFAULT_SETTINGS;

  constructor({ seed, startAt, catalog, print, calm, observe }: WorldOptions) {
    this.seed = seed;
    this.random = new Random(seed);
    this.clockwork = new Clockwork({ startAt, random: this.random, print });
    this.faults = new Faults(this.random, { calm });
    const { clockwork, faults } = this;
    this.network = new Network(clockwork, faults);
    this.catalog = catalog;
    this.flaky = new FlakyCatalog({
      clockwork,
      faults,
      catalog,
      onWrite: () => this.observer.catalogWritten(),
      onRepeat: (kind) =>
        this.observer.marks.hit(kind === "late" ? "late write after its repeat" : "ambiguous write repeated"),
    });
    this.consumers = new Consumers(this);
    const queue = (name: QueueName, maxBatch: number) =>
      new SimulatedQueue({
        ...{ name, maxBatch, clockwork, faults },
        onBatch: (batch) => this.consumers.take(batch),
        onDeadLetter: () => this.observer.marks.hit("dead letter ignored"),
        onForeign: () => this.observer.marks.hit("message of a newer release put back"),
      });
    this.queues = { tasks: queue("tasks", 100), "tasks-long": queue("tasks-long", 1) };
    this.observer = observe(this);
    this.limits = limitsHost(this);
  }

  host(dagId: string): ObjectHost<DagScheduler> {
    const known = this.hosts.get(dagId);
    if (known !== undefined) return known;
    const host = schedulerHost(this, dagId as DagId);
    this.hosts.set(dagId, host);
    return host;
  }

  /** A call to the scheduler of a DAG, as from any other isolate. */
  callDag<Method extends keyof SchedulerClient>(
    caller: Caller,
    dagId: string,
    method: Method,
    ...args: Args<SchedulerClient[Method]>
  ): Promise<Reply<SchedulerClient[Method]>> {
    const host = this.host(dagId);
    return this.network.call(caller, {
      what: `${method} → ${dagId}`,
      host,
      send: (scheduler) =>
        this.observer.serve(host, { method, args }, () => {
          const act = scheduler[method] as (...given: unknown[]) => Promise<Reply<SchedulerClient[Method]>>;
          return act.apply(scheduler, structuredClone(args));
        }),
    });
  }

  callLimits<Method extends keyof LimitsClient>(
    caller: Caller,
    method: Method,
    ...args: Args<LimitsClient[Method]>
  ): Promise<Reply<LimitsClient[Method]>> {
    return this.network.call(caller, {
      what: `${method} → limits`,
      host: this.limits,
      send: (limits) =>
        this.observer.serve(this.limits, { method, args }, () => {
          const act = limits[method] as (...given: unknown[]) => Promise<Reply<LimitsClient[Method]>>;
          return act.apply(limits, structuredClone(args));
        }),
    });
  }

  /** All that may be asked of the scheduler of a DAG, for those who hold a client. */
  schedulerClient(caller: Caller, dagId: string): SchedulerClient {
    return new Proxy({} as SchedulerClient, {
      get: (_target, method) => {
        // A client is no promise, whoever awaits it.
        if (method === "then") return undefined;
        return (...args: never[]) => this.callDag(caller, dagId, method as "trigger", ...(args as unknown as [never]));
      },
    });
  }
}
