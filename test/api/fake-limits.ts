/** The limits as the API sees them: the real shell on SQLite in memory, with no DAG to tell. */
import type { AuditEvent } from "../../src/catalog/projection.ts";
import { Limits } from "../../src/limits/limits.ts";
import { SqliteState } from "../fixtures/sqlite-state.ts";

export class FakeLimits extends Limits {
  readonly audited: AuditEvent[];

  constructor() {
    const audited: AuditEvent[] = [];
    super({
      sql: new SqliteState(),
      alarm: { get: async () => null, set: () => {} },
      clock: { now: () => Date.UTC(2026, 0, 1) },
      schedulers: { get: () => ({ setLimits: async () => true, takeSlots: async () => true }) },
      dagIds: async () => [],
      audit: async (events) => {
        audited.push(...events);
      },
      background: (work) => void work,
      log: () => {},
    });
    this.audited = audited;
  }
}
