import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { libsqlCatalog } from "../../src/catalog/drivers/libsql.ts";
import { limitCatalog } from "../../src/catalog/limits.ts";
import { readMigrations } from "../fixtures/migrations.ts";
import { makeSqliteCatalog } from "../fixtures/sqlite-catalog.ts";
import { testCatalog } from "./catalog-contract.ts";

testCatalog(
  "libSQL on a file",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "updraft-catalog-"));
    const client = createClient({ url: `file:${join(folder, "catalog.db")}`, timeout: 5_000 });
    return {
      catalog: limitCatalog(libsqlCatalog(client)),
      close() {
        client.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  readMigrations(),
);

testCatalog(
  "SQLite in memory, the fixture",
  async () => {
    const catalog = makeSqliteCatalog();
    return { catalog, close: () => catalog.database.close() };
  },
  readMigrations(),
);
