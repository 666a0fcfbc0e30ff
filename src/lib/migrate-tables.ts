/** Brings the tables of an object's own SQLite up to date, by an append-only list of which a prefix was applied before. */
import { assert } from "./assert.ts";

interface Sql {
  exec(sql: string, ...params: readonly (string | number | null)[]): readonly Readonly<Record<string, unknown>>[];
  transaction<T>(work: () => T): T;
}

/** Does nothing but one read when there is nothing to do. */
export function migrateTables(sql: Sql, migrations: readonly string[]): void {
  sql.transaction(() => {
    sql.exec("CREATE TABLE IF NOT EXISTS _migration (number INTEGER PRIMARY KEY, sql TEXT NOT NULL) STRICT");
    const applied = sql.exec("SELECT number, sql FROM _migration ORDER BY number");
    applied.forEach((row, index) => {
      assert(row["sql"] === migrations[index], `state migration ${index} was changed after it was applied`);
    });
    for (let number = applied.length; number < migrations.length; number += 1) {
      const text = migrations[number] ?? "";
      for (const statement of text.split(/;\s*(?:\n|$)/)) {
        if (statement.trim() !== "") sql.exec(statement);
      }
      sql.exec("INSERT INTO _migration (number, sql) VALUES (?, ?)", number, text);
    }
  });
}

/** Whether there ever were any tables; reads only. */
export function hasTables(sql: Sql): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_migration'").length > 0;
}
