/** What one DAG's scheduler needs of its runtime. In a Durable Object it is the object's storage; in tests, `node:sqlite`. */
import type { Projection } from "../catalog/projection.ts";
import type { CustomTimetable } from "../dag/hooks.ts";
import type { DagId } from "../dag/ids.ts";
import type { EngineSettings } from "../engine/defaults.ts";
import type { TaskMessage } from "../executor/protocol.ts";
import type { Clock, Ids, LimitsForScheduler, TaskQueues } from "../platform.ts";
import type { CatalogPace } from "./catalog-pace.ts";

export type StateValue = string | number | null;
export type StateRow = Readonly<Record<string, StateValue>>;

/** The object's own SQLite: synchronous, so that nothing can come between reading and writing. */
export interface StateSql {
  exec(sql: string, ...params: readonly StateValue[]): readonly StateRow[];
  /** Commits what `work` wrote, the alarm included, or rolls all of it back when it throws. */
  transaction<T>(work: () => T): T;
  /** Bytes on disk. */
  size(): number;
}

export interface Alarm {
  get(): Promise<number | null>;
  /** Part of the transaction around it. */
  set(at: number): void;
}

export interface SchedulerPorts {
  readonly dagId: DagId;
  readonly sql: StateSql;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Writes rows to the catalog; may be repeated. Throws when it cannot tell that they are there. */
  project(projection: Projection): Promise<void>;
  /** Shared by the objects of one isolate. */
  readonly pace: CatalogPace;
  readonly queues: TaskQueues;
  readonly limits: LimitsForScheduler;
  readonly settings: EngineSettings;
  /** The functions of the DAG's own timetable, when the deployed file has one. */
  customTimetable(): CustomTimetable | null;
  /** Deletes the log chunks and large results of a run, or of the whole DAG (null); may be repeated. */
  deleteObjectsOf(runId: string | null): Promise<void>;
  /** Empties the object for good, its alarm included, and ends it once the reply has left. */
  destroy(): Promise<void>;
  /** Hands messages to the `local` executor of the same Worker, which claims them like any other. */
  runLocally(messages: readonly TaskMessage[]): Promise<void>;
  /** Keeps the object awake until the work is done; failures are the work's own to handle. */
  background(work: Promise<void>): void;
  sleep(ms: number): Promise<void>;
  log(level: "info" | "warning" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}
