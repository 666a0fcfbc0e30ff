import { expect, test } from "vitest";
import { migrate } from "../../src/catalog/migrate.ts";
import { readRows } from "../../src/catalog/port.ts";
import { readMigrations } from "../fixtures/migrations.ts";
import { makeMigratedCatalog, makeSqliteCatalog } from "../fixtures/sqlite-catalog.ts";

const first = { name: "0001_a.sql", sql: "CREATE TABLE a (x INTEGER) STRICT;" };
const second = { name: "0002_b.sql", sql: "CREATE TABLE b (x INTEGER) STRICT;\nINSERT INTO b VALUES (1);" };

test("the migrations of this release make the schema of schema.sql", async () => {
  const catalog = await makeMigratedCatalog();
  const rows = await readRows(catalog, {
    sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> '_migrations' ORDER BY type, name",
    params: [],
  });
  const dump = `${rows.map((row) => `${row["sql"]};`).join("\n\n")}\n`;
  // To accept a new migration: npm exec -- vitest run test/catalog/migrate.test.ts --update
  await expect(dump).toMatchFileSnapshot("schema.sql");
});

test("migrations apply in order, once", async () => {
  const catalog = makeSqliteCatalog();
  expect(await migrate(catalog, [first], 5)).toEqual({ applied: ["0001_a.sql"] });
  expect(await migrate(catalog, [first, second], 6)).toEqual({ applied: ["0002_b.sql"] });
  expect(await migrate(catalog, [first, second], 7)).toEqual({ applied: [] });
  const rows = await readRows(catalog, {
    sql: "SELECT name, applied_at FROM _migrations ORDER BY position",
    params: [],
  });
  expect(rows).toEqual([
    { name: "0001_a.sql", applied_at: 5 },
    { name: "0002_b.sql", applied_at: 6 },
  ]);
});

test("two that migrate at once apply each migration once", async () => {
  const catalog = makeSqliteCatalog();
  const both = await Promise.all([migrate(catalog, [first, second], 1), migrate(catalog, [first, second], 1)]);
  expect(both.flatMap((result) => result.applied).sort()).toEqual(["0001_a.sql", "0002_b.sql"]);
  expect(await readRows(catalog, { sql: "SELECT count(*) AS count FROM b", params: [] })).toEqual([{ count: 1 }]);
});

test("a migration that fails leaves nothing behind and says which one it was", async () => {
  const catalog = makeSqliteCatalog();
  const broken = { name: "0002_b.sql", sql: "CREATE TABLE b (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);" };
  await expect(migrate(catalog, [first, broken], 1)).rejects.toThrow('Cannot apply the migration "0002_b.sql"');
  expect(await migrate(catalog, [first, second], 2)).toEqual({ applied: ["0002_b.sql"] });
});

test("a migration changed after it was applied is refused", async () => {
  const catalog = makeSqliteCatalog();
  await migrate(catalog, [first], 1);
  const changed = { ...first, sql: "CREATE TABLE a (x TEXT) STRICT;" };
  await expect(migrate(catalog, [changed], 2)).rejects.toThrow(
    'Cannot migrate the catalog: "0001_a.sql" was changed after it was applied',
  );
});

test("a migration renamed after it was applied is refused", async () => {
  const catalog = makeSqliteCatalog();
  await migrate(catalog, [first, second], 1);
  await expect(migrate(catalog, [first, { ...second, name: "0002_c.sql" }], 2)).rejects.toThrow(
    'migration 2 was applied as "0002_b.sql", this release has "0002_c.sql" there',
  );
});

test("line endings are not a change", async () => {
  const catalog = makeSqliteCatalog();
  await migrate(catalog, [second], 1);
  const windows = { ...second, sql: second.sql.replaceAll("\n", "\r\n") };
  expect(await migrate(catalog, [windows], 2)).toEqual({ applied: [] });
});

test("an older release accepts the database of a newer one", async () => {
  const catalog = makeSqliteCatalog();
  await migrate(catalog, [first, second], 1);
  expect(await migrate(catalog, [first], 2)).toEqual({ applied: [] });
});

test("each migration opens with why it exists", () => {
  for (const { name, sql } of readMigrations()) {
    expect(name).toMatch(/^\d{4}_[a-z_]+\.sql$/);
    expect(sql, name).toMatch(/^-- [A-Z]/);
  }
});

test("each index says in a comment which query it is for", () => {
  for (const { name, sql } of readMigrations()) {
    const lines = sql.split("\n");
    for (const [index, line] of lines.entries()) {
      if (!line.startsWith("CREATE INDEX")) continue;
      const above = lines.slice(0, index).findLast((other) => !other.startsWith("CREATE INDEX"));
      expect(above, `${name}: ${line}`).toMatch(/^-- /);
    }
  }
});
