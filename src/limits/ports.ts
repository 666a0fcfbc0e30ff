/** What the object of all limits needs of its runtime. */
import type { AuditEvent } from "../catalog/projection.ts";
import type { DagId } from "../dag/ids.ts";
import type { Clock, SchedulerClient } from "../platform.ts";
import type { Alarm, StateSql } from "../scheduler/ports.ts";

export type LimitedScheduler = Pick<SchedulerClient, "setLimits" | "takeSlots">;

export interface LimitsPorts {
  readonly sql: StateSql;
  readonly alarm: Alarm;
  readonly clock: Clock;
  readonly schedulers: { get(dagId: DagId): LimitedScheduler };
  /** Every DAG that the deployment knows: whom a changed limit concerns. */
  dagIds(): Promise<readonly DagId[]>;
  /** Writes rows of the audit log; may be repeated. */
  audit(events: readonly AuditEvent[]): Promise<void>;
  /** Keeps the object awake until the work is done; failures are the work's own to handle. */
  background(work: Promise<void>): void;
  log(level: "info" | "warning" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}
