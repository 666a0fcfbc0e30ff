/**
 * What every catalog driver does, whatever database is behind it. It imports nothing of Node's, because the D1 run happens
 * inside workerd; so migrations come in as a parameter. A case makes its own catalog: an empty database.
 */
import { describe, expect, test } from "vitest";
import { Filter } from "../../src/catalog/filter.ts";
import { type Migration, migrate } from "../../src/catalog/migrate.ts";
import { type Catalog, readOne, readRows, readTogether, type Statement, writeOne } from "../../src/catalog/port.ts";
import { projectionStatements } from "../../src/catalog/projection.ts";
import { dagRuns } from "../../src/catalog/sql/dag-runs.ts";
import { dags } from "../../src/catalog/sql/dags.ts";
import { grid } from "../../src/catalog/sql/grid.ts";
import { loginAttempts } from "../../src/catalog/sql/login-attempts.ts";
import { sessions } from "../../src/catalog/sql/sessions.ts";
import { taskInstances } from "../../src/catalog/sql/task-instances.ts";
import { users } from "../../src/catalog/sql/users.ts";
import { SWEEP_AFTER_MS, sweepCatalog } from "../../src/catalog/sweep-catalog.ts";
import { PlatformError } from "../../src/platform.ts";
import { makeDag, makeProjection, makeRun, makeTaskInstance } from "../fixtures/projections.ts";

export interface CatalogUnderTest {
  readonly catalog: Catalog;
  close(): Promise<void> | void;
}

/** A known difference of a driver: the name of the case it skips, and why. */
export interface Skip {
  readonly name: string;
  readonly reason: string;
}

const sql = (text: string, ...params: Statement["params"]): Statement => ({ sql: text, params });
const table = sql("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER) STRICT");

export function testCatalog(
  name: string,
  makeCatalog: () => Promise<CatalogUnderTest>,
  migrations: readonly Migration[],
  options: { readonly skip?: readonly Skip[] } = {},
): void {
  function rule(title: string, body: (catalog: Catalog) => Promise<void>): void {
    const skipped = options.skip?.find((skip) => skip.name === title);
    const run = async () => {
      const { catalog, close } = await makeCatalog();
      try {
        await body(catalog);
      } finally {
        await close();
      }
    };
    if (skipped) test.skip(`${title} (${skipped.reason})`, run);
    else test(title, run);
  }

  describe(name, () => {
    rule("finds text that contains another, however long, with its signs and without its case", async (catalog) => {
      const long = "é_%".repeat(40);
      const names = ["Daily_Load", "dailyXload", "50%", "back\\slash", `x${long}y`, "É", "z".repeat(60)];
      const found = async (part: string) => {
        const where = new Filter();
        where.contains(["value", "NULL"], part);
        const statement = `SELECT value FROM json_each(${where.bind(JSON.stringify(names))}) ${where.where()}`;
        return (await catalog.read([sql(statement, ...where.params)]))[0]?.map((row) => row["value"]);
      };
      expect(await found("daily_l")).toEqual(["Daily_Load"]);
      expect(await found("Y")).toEqual(["Daily_Load", "dailyXload", `x${long}y`]);
      expect(await found("%")).toEqual(["50%", `x${long}y`]);
      expect(await found("K\\S")).toEqual(["back\\slash"]);
      expect(await found("É")).toEqual(["É"]);
      for (const length of [22, 23, 24, 25, 26, 120]) expect(await found(long.slice(0, length))).toEqual([`x${long}y`]);
      for (let length = 46; length < 52; length++) expect(await found("Z".repeat(length))).toEqual(["z".repeat(60)]);
      expect(await found("é%".repeat(40))).toEqual([]);
    });

    rule("returns the rows of each statement in order", async (catalog) => {
      await catalog.write([table, sql("INSERT INTO item (name, size) VALUES ('a', 1), ('b', NULL)")]);
      expect(
        await catalog.read([
          sql("SELECT name, size FROM item ORDER BY name"),
          sql("SELECT count(*) AS count FROM item"),
          sql("SELECT name FROM item WHERE name = 'c'"),
        ]),
      ).toEqual([
        [
          { name: "a", size: 1 },
          { name: "b", size: null },
        ],
        [{ count: 2 }],
        [],
      ]);
    });

    rule("takes no statements for no work", async (catalog) => {
      expect(await catalog.read([])).toEqual([]);
      expect(await catalog.write([])).toEqual([]);
    });

    rule("binds numbered parameters, each as often as it is named", async (catalog) => {
      expect(await readRows(catalog, sql("SELECT ?2 AS b, ?1 AS a, ?2 AS c, ?3 AS d", "x", 7, null))).toEqual([
        { b: 7, a: "x", c: 7, d: null },
      ]);
    });

    rule("keeps text and large integers as they are", async (catalog) => {
      const text = "ü – \u{1F600} 'quoted' \"too\"\n\ttab";
      await catalog.write([table, sql("INSERT INTO item (name, size) VALUES (?1, ?2)", text, Number.MAX_SAFE_INTEGER)]);
      expect(await readRows(catalog, sql("SELECT name, size FROM item"))).toEqual([
        { name: text, size: Number.MAX_SAFE_INTEGER },
      ]);
    });

    rule("takes a list of any length as one parameter", async (catalog) => {
      const list = JSON.stringify(Array.from({ length: 5_000 }, (_, index) => index));
      expect(
        await readRows(catalog, sql("SELECT count(*) AS count, sum(value) AS sum FROM json_each(?1)", list)),
      ).toEqual([{ count: 5_000, sum: 12_497_500 }]);
    });

    rule("returns what a write asks to have returned", async (catalog) => {
      const insert = "INSERT INTO item (name) VALUES (?1) ON CONFLICT DO NOTHING RETURNING name";
      await catalog.write([table]);
      expect(await catalog.write([sql(insert, "a"), sql(insert, "a")])).toEqual([[{ name: "a" }], []]);
    });

    rule("applies all statements of a write or none", async (catalog) => {
      await catalog.write([table]);
      const write = catalog.write([
        sql("INSERT INTO item (name) VALUES ('a')"),
        sql("INSERT INTO item (name) VALUES ('b')"),
        sql("INSERT INTO item (name) VALUES ('a')"),
      ]);
      await expect(write).rejects.toThrow(PlatformError);
      expect(await readRows(catalog, sql("SELECT count(*) AS count FROM item"))).toEqual([{ count: 0 }]);
      await catalog.write([sql("INSERT INTO item (name) VALUES ('a')")]);
    });

    rule("calls a broken constraint permanent", async (catalog) => {
      await catalog.write([table]);
      await expect(catalog.write([sql("INSERT INTO item (name) VALUES (NULL)")])).rejects.toMatchObject({
        name: "PlatformError",
        code: "catalog_constraint",
        retryable: false,
      });
    });

    rule("calls a value of the wrong type permanent", async (catalog) => {
      await catalog.write([table]);
      await expect(catalog.write([sql("INSERT INTO item (name, size) VALUES ('a', 'b')")])).rejects.toMatchObject({
        name: "PlatformError",
        retryable: false,
      });
    });

    rule("calls a statement that does not compile permanent", async (catalog) => {
      await expect(catalog.read([sql("SELECT nothing FROM nowhere")])).rejects.toMatchObject({
        name: "PlatformError",
        code: "catalog_rejected",
        retryable: false,
      });
    });

    rule("serves reads and writes at once", async (catalog) => {
      await catalog.write([table]);
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          await catalog.write([sql("INSERT INTO item (name) VALUES (?1)", `item ${index}`)]);
          await readRows(catalog, sql("SELECT count(*) AS count FROM item"));
        }),
      );
      expect(await readRows(catalog, sql("SELECT count(*) AS count FROM item"))).toEqual([{ count: 20 }]);
    });

    rule("tells its size, which grows", async (catalog) => {
      await catalog.write([table]);
      const before = await catalog.size();
      expect(before).toBeGreaterThan(0);
      await catalog.write([sql("INSERT INTO item (name) VALUES (?1)", "x".repeat(100_000))]);
      expect(await catalog.size()).toBeGreaterThanOrEqual(before + 100_000);
    });

    rule("migrates an empty database, once", async (catalog) => {
      const names = migrations.map((migration) => migration.name);
      expect(await migrate(catalog, migrations, 1)).toEqual({ applied: names });
      expect(await migrate(catalog, migrations, 2)).toEqual({ applied: [] });
    });

    rule("lets two migrate at once", async (catalog) => {
      const results = await Promise.all([migrate(catalog, migrations, 1), migrate(catalog, migrations, 1)]);
      expect(results.flatMap((result) => result.applied).sort()).toEqual(migrations.map((migration) => migration.name));
    });

    rule("holds foreign keys", async (catalog) => {
      await migrate(catalog, migrations, 1);
      const orphan = sessions.create({
        sessionHash: "hash",
        userId: "nobody",
        address: "192.0.2.1",
        userAgent: "test",
        now: 1,
        expiresAt: 2,
      });
      await expect(catalog.write([orphan])).rejects.toMatchObject({ code: "catalog_constraint" });
    });

    rule("makes one first user of two requests", async (catalog) => {
      await migrate(catalog, migrations, 1);
      const first = (userId: string) =>
        writeOne(catalog, users.createFirst({ userId, name: userId, passwordHash: "hash", role: "admin", now: 1 }));
      const both = await Promise.all([first("u1"), first("u2")]);
      expect(both.filter((user) => user !== null)).toHaveLength(1);
    });

    rule("admits no more log-ins than allowed, also when they come together", async (catalog) => {
      await migrate(catalog, migrations, 1);
      const admit = () =>
        writeOne(
          catalog,
          loginAttempts.admit({
            account: "ada",
            address: "192.0.2.1",
            now: 60,
            since: 0,
            maxPerAccount: 5,
            maxPerAddress: 20,
          }),
        );
      const admitted = await Promise.all(Array.from({ length: 8 }, admit));
      expect(admitted.filter((attempt) => attempt !== null)).toHaveLength(5);
    });

    rule("shows what was projected, in one round trip", async (catalog) => {
      await migrate(catalog, migrations, 1);
      const run = makeRun({ runId: "r1", state: "running", startAt: 10, conf: { year: 2_015, note: "it's" } });
      const instance = makeTaskInstance({
        runId: "r1",
        taskId: "extract",
        state: "running",
        startAt: 11,
        tryNumber: 1,
      });
      const projection = makeProjection({
        dag: makeDag({ tags: ["b", "a"] }),
        dagRuns: [run],
        taskInstances: [instance],
      });
      await catalog.write(projectionStatements(projection, 20));
      const [[dag], [readRun], [readInstance], columns] = await readTogether(catalog, [
        dags.get("dag", null),
        dagRuns.get(run),
        taskInstances.get(instance),
        grid.window({ dagId: "dag", runCount: 25, taskIds: null }),
      ]);
      expect(dag).toEqual({ ...projection.dag, tags: ["a", "b"] });
      expect(readRun).toEqual(run);
      expect(readInstance).toEqual(instance);
      expect(columns[0]?.cells).toEqual(new Map([["extract", { state: "running", count: 1 }]]));
    });

    rule("understands the lists that ask most of it: windows, row values, unions, JSON", async (catalog) => {
      await migrate(catalog, migrations, 1);
      const runs = [1, 2, 3].map((at) => makeRun({ runId: `r${at}`, runAfterAt: at, state: "running", startAt: at }));
      const failed = makeTaskInstance({ runId: "r1", state: "failed", tryNumber: 2 });
      const projection = makeProjection({
        dag: makeDag({ tags: ["a"] }),
        dagRuns: runs,
        taskInstances: [failed, makeTaskInstance({ runId: "r3", state: "deferred" })],
        tries: [makeTaskInstance({ runId: "r1", state: "failed", tryNumber: 1 })],
      });
      await catalog.write(projectionStatements(projection, 20));
      const all = { allowedDagIds: ["dag"] };
      const page = { limit: 10, offset: 0 };
      const [listed, bars, after, live, failures, tries, counts] = await readTogether(catalog, [
        dags.list({ ...all, tags: ["a"], tagsMatch: "all", latestRunStates: ["running"] }, page),
        dagRuns.latestPerDag(["dag"], 2),
        dagRuns.list(all, { limit: 10, after: makeRun({ runId: "r2", runAfterAt: 2 }) }),
        taskInstances.list({ ...all, states: ["deferred"] }, page),
        taskInstances.list({ ...all, states: ["failed"] }, { limit: 10, after: null }),
        taskInstances.tries(failed),
        taskInstances.countByState({ dagId: "dag", runIds: ["r1", "r3"] }),
      ]);
      expect(listed.map((dag) => dag.dagId)).toEqual(["dag"]);
      expect(bars.map((bar) => bar.runId)).toEqual(["r3", "r2"]);
      expect(after.map((run) => run.runId)).toEqual(["r1"]);
      expect(live.map((instance) => instance.runId)).toEqual(["r3"]);
      expect(failures).toEqual([failed]);
      expect(tries.map((instance) => instance.tryNumber)).toEqual([1, 2]);
      expect(counts.map((count) => count.state)).toEqual(["failed", "deferred"]);
    });

    rule("buries what was deleted a week ago", async (catalog) => {
      await migrate(catalog, migrations, 1);
      const run = makeRun();
      const deletedRuns = [{ dagId: run.dagId, runId: run.runId, version: 2 }];
      for (const given of [{ dagRuns: [run], taskInstances: [makeTaskInstance()] }, { deletedRuns }]) {
        await catalog.write(projectionStatements(makeProjection(given), 30));
      }
      expect(await sweepCatalog(catalog, 30 + SWEEP_AFTER_MS.tombstones)).toEqual({ sweptCount: 0 });
      expect(await sweepCatalog(catalog, 31 + SWEEP_AFTER_MS.tombstones)).toEqual({ sweptCount: 2 });
    });

    rule("keeps the newer row, whatever arrives last", async (catalog) => {
      await migrate(catalog, migrations, 1);
      const newer = makeRun({ state: "success", startAt: 10, endAt: 20, version: 7 });
      const older = makeRun({ state: "running", startAt: 10, version: 6 });
      for (const run of [newer, older]) {
        await catalog.write(projectionStatements(makeProjection({ dagRuns: [run] }), 30));
      }
      expect(await readOne(catalog, dagRuns.get(newer))).toEqual(newer);
    });

    rule("hides a deleted run from the moment of its tombstone, also from rows that arrive later", async (catalog) => {
      await migrate(catalog, migrations, 1);
      const run = makeRun({ version: 5 });
      const instance = makeTaskInstance({ version: 6 });
      const late = makeProjection({ dagRuns: [run], taskInstances: [instance] });
      const tombstone = makeProjection({ deletedRuns: [{ dagId: run.dagId, runId: run.runId, version: 8 }] });
      for (const projection of [tombstone, late, tombstone]) {
        await catalog.write(projectionStatements(projection, 30));
        expect(await readOne(catalog, dagRuns.get(run))).toBeNull();
        expect(await readOne(catalog, taskInstances.get(instance))).toBeNull();
      }
    });
  });
}
