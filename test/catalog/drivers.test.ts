import { describe, expect, test } from "vitest";
import { type D1Like, type D1ResultLike, type D1StatementLike, d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { libsqlCatalog } from "../../src/catalog/drivers/libsql.ts";
import { limitCatalog } from "../../src/catalog/limits.ts";
import { makeSqliteCatalog } from "../fixtures/sqlite-catalog.ts";

const statement = { sql: "SELECT ?1 AS one", params: [1] };

/** A binding whose every batch ends as it is told. */
function fakeD1(batch: () => Promise<D1ResultLike[]>): D1Like {
  const prepared: D1StatementLike = { bind: () => prepared };
  return { prepare: () => prepared, batch };
}

describe("d1Catalog()", () => {
  test.each([
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
    "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
    "D1_ERROR: D1 DB reset because its code was updated.",
    "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.",
    "internal error; reference = abc",
    "D1_ERROR: database is locked: SQLITE_BUSY",
    "D1_ERROR: database or disk is full: SQLITE_FULL",
  ])("calls %s an error that may pass", async (message) => {
    const catalog = d1Catalog(fakeD1(() => Promise.reject(new Error(message))));
    await expect(catalog.write([statement])).rejects.toMatchObject({ code: "catalog_unavailable", retryable: true });
  });

  test.each([
    { message: "D1_ERROR: CHECK constraint failed: x: SQLITE_CONSTRAINT", code: "catalog_constraint" },
    { message: "D1_ERROR: no such table: x: SQLITE_ERROR", code: "catalog_rejected" },
    { message: "D1_ERROR: string or blob too big: SQLITE_TOOBIG", code: "catalog_rejected" },
    { message: "D1_TYPE_ERROR: Type 'undefined' not supported", code: "catalog_rejected" },
  ])("calls $message permanent", async ({ message, code }) => {
    const catalog = d1Catalog(fakeD1(() => Promise.reject(new Error(message))));
    await expect(catalog.read([statement])).rejects.toMatchObject({ name: "PlatformError", code, retryable: false });
  });

  test("stops waiting for a database that stalls", async () => {
    const catalog = d1Catalog(
      fakeD1(() => new Promise(() => {})),
      { timeoutMs: 1 },
    );
    await expect(catalog.write([statement])).rejects.toMatchObject({ code: "catalog_unavailable", retryable: true });
  });

  test("takes the size that D1 tells beside a result", async () => {
    const catalog = d1Catalog(fakeD1(async () => [{ results: [], meta: { size_after: 12_288 } }]));
    expect(await catalog.size()).toBe(12_288);
  });
});

describe("libsqlCatalog()", () => {
  test.each([
    { code: "SQLITE_BUSY", expected: { code: "catalog_unavailable", retryable: true } },
    { code: "SERVER_ERROR", expected: { code: "catalog_unavailable", retryable: true } },
    { code: "SQLITE_CONSTRAINT_CHECK", expected: { code: "catalog_constraint", retryable: false } },
    { code: "SQLITE_ERROR", expected: { code: "catalog_rejected", retryable: false } },
  ])("reads the code $code of the client", async ({ code, expected }) => {
    const failure = Object.assign(new Error("refused"), { code });
    const catalog = libsqlCatalog({ batch: () => Promise.reject(failure) });
    await expect(catalog.write([statement])).rejects.toMatchObject({ ...expected, cause: failure });
  });
});

describe("limitCatalog()", () => {
  const catalog = limitCatalog(makeSqliteCatalog());
  const refusal = { name: "PlatformError", code: "catalog_too_large", retryable: false };

  test.each([
    { what: "101 parameters", sql: "SELECT 1", params: new Array<number>(101).fill(1) },
    { what: "a value over 2 MB", sql: "SELECT ?1", params: ["ü".repeat(1_000_001)] },
    { what: "a statement over 100 KB", sql: `SELECT 1 -- ${"x".repeat(100_000)}`, params: [] },
  ])("refuses $what", async ({ sql, params }) => {
    await expect(catalog.read([{ sql, params }])).rejects.toMatchObject(refusal);
    await expect(catalog.write([{ sql, params }])).rejects.toMatchObject(refusal);
  });

  test("refuses a batch over 8 MB", async () => {
    const large = { sql: "SELECT ?1", params: ["x".repeat(1_900_000)] };
    const read = catalog.read(new Array<typeof large>(5).fill(large));
    await expect(read).rejects.toThrow("at most 8000000 bytes in one batch");
  });

  test("lets through what fits", async () => {
    expect(await catalog.read([statement])).toEqual([[{ one: 1 }]]);
  });
});
