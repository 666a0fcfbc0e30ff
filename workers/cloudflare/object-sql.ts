/** The storage of a Durable Object as the port of `src/scheduler/ports.ts`. */
import type { StateRow, StateSql, StateValue } from "../../src/scheduler/ports.ts";

/** SQLite of the object. `exec` is synchronous, and `transactionSync` rolls the alarm back with the rows. */
export function objectSql(storage: DurableObjectStorage): StateSql {
  return {
    exec: (sql, ...params) => storage.sql.exec<Record<string, StateValue>>(sql, ...params).toArray() as StateRow[],
    transaction: (work) => storage.transactionSync(work),
    size: () => storage.sql.databaseSize,
  };
}
