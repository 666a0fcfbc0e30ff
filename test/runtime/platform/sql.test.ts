/**
 * Limits of SQL that every list of ours goes around (src/scheduler/rows.ts, src/catalog): one JSON parameter and `json_each`
 * instead of a parameter per value. The object's SQLite and D1 share them.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { ProbeEnv } from "./probe.ts";

const { PROBE, DB } = env as unknown as ProbeEnv;

type Run = (sql: string, ...params: readonly (string | number)[]) => Promise<readonly unknown[]>;

const stores: Readonly<Record<string, Run>> = {
  "the object's SQLite": (sql, ...params) =>
    runInDurableObject(PROBE.getByName("sql"), (_, { storage }) => storage.sql.exec(sql, ...params).toArray()),
  D1: async (sql, ...params) =>
    (
      await DB.prepare(sql)
        .bind(...params)
        .all()
    ).results,
};

describe.each(Object.entries(stores))("%s", (_name, run) => {
  const values = (count: number) => Array.from({ length: count }, (_, index) => index);
  const marks = (count: number) =>
    values(count)
      .map(() => "?")
      .join(", ");

  test("takes 100 parameters, and refuses 101", async () => {
    expect(await run(`SELECT 1 AS one WHERE 1 IN (${marks(100)})`, ...values(100))).toHaveLength(1);
    await expect(run(`SELECT 1 AS one WHERE 1 IN (${marks(101)})`, ...values(101))).rejects.toThrow();
  });

  test("reads thousands of rows from one JSON parameter", async () => {
    const rows = JSON.stringify(values(5_000).map((value) => [value, `text ${value}`]));
    const read = "SELECT count(*) AS count, max(value ->> 0) AS most, max(value ->> 1) AS last FROM json_each(?1)";
    expect(await run(read, rows)).toEqual([{ count: 5_000, most: 4_999, last: "text 999" }]);
  });

  test("refuses a statement of more than 100 KB, and more than five parts of a UNION", async () => {
    await expect(run(`SELECT '${"x".repeat(101_000)}' AS long`)).rejects.toThrow();
    const parts = (count: number) =>
      values(count)
        .map((value) => `SELECT ${value} AS n`)
        .join(" UNION ALL ");
    expect(await run(parts(5))).toHaveLength(5);
    await expect(run(parts(6))).rejects.toThrow();
  });

  test("refuses a pattern of LIKE above 50 bytes, so that searches use instr", async () => {
    await expect(run("SELECT 'a' LIKE ? AS hit", "x".repeat(51))).rejects.toThrow();
    expect(await run("SELECT instr('abc', ?) AS at", `c${"x".repeat(51)}`)).toEqual([{ at: 0 }]);
  });

  test("keeps no version of a schema for us: PRAGMA user_version is refused", async () => {
    await expect(run("PRAGMA user_version")).rejects.toThrow();
  });

  test("bears values that production refuses: a text of 3 MB, where 2 MB are the limit", async () => {
    // So the wrapper of src/catalog/limits.ts asserts the limit itself.
    expect(await run("SELECT length(?) AS length", "x".repeat(3_000_000))).toEqual([{ length: 3_000_000 }]);
  });

  test("has upserts that a newer version guards", async () => {
    const table = `guarded_${_name.length}`;
    await run(`CREATE TABLE IF NOT EXISTS ${table} (id TEXT PRIMARY KEY, state TEXT, version INTEGER) STRICT`);
    const upsert = `INSERT INTO ${table} (id, state, version) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1)
      WHERE true ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version
      WHERE excluded.version > ${table}.version`;
    await run(upsert, JSON.stringify([["a", "new", 2]]));
    await run(upsert, JSON.stringify([["a", "old", 1]]));
    expect(await run(`SELECT * FROM ${table}`)).toEqual([{ id: "a", state: "new", version: 2 }]);
  });
});

test("numbers up to 2^53 come back from the object as they went in: tokens begin at the clock's milliseconds", async () => {
  const { MAX_SAFE_INTEGER } = Number;
  expect(await stores["the object's SQLite"]?.("SELECT ? AS n", MAX_SAFE_INTEGER)).toEqual([{ n: MAX_SAFE_INTEGER }]);
});
