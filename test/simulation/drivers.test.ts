/** One log of writes through every driver of the catalog: they end with the same rows. */
import { createClient } from "@libsql/client";
import { expect, test } from "vitest";
import { libsqlCatalog } from "../../src/catalog/drivers/libsql.ts";
import { limitCatalog } from "../../src/catalog/limits.ts";
import { migrate } from "../../src/catalog/migrate.ts";
import type { Catalog, Statement } from "../../src/catalog/port.ts";
import { readMigrations } from "../fixtures/migrations.ts";
import { makeMigratedCatalog } from "../fixtures/sqlite-catalog.ts";
import { simulate } from "./simulate.ts";

const TABLES = [
  "dag",
  "dag_version",
  "dag_run",
  "task_instance",
  "task_instance_history",
  "xcom",
  "callback",
  "event_log",
];

async function dump(catalog: Catalog): Promise<unknown> {
  return catalog.read(TABLES.map((table) => ({ sql: `SELECT * FROM ${table} ORDER BY 1, 2, 3, 4, 5`, params: [] })));
}

test("the writes of a simulated world leave the same rows in SQLite and in libSQL", async () => {
  const sqlite = await makeMigratedCatalog();
  const log: (readonly Statement[])[] = [];
  const recording = {
    ...sqlite,
    write: (statements: readonly Statement[]) => {
      log.push(statements);
      return sqlite.write(statements);
    },
  };
  await simulate({ seed: 33, invariants: [], catalog: recording });
  const client = createClient({ url: ":memory:" });
  const libsql = limitCatalog(libsqlCatalog(client));
  await migrate(libsql, readMigrations(), 0);
  for (const statements of log) await libsql.write(statements);
  expect(log.length).toBeGreaterThan(50);
  expect(await dump(libsql)).toEqual(await dump(sqlite));
  client.close();
}, 60_000);
