/**
 * Brings a catalog up to the schema of this release. Each migration is applied in one transaction that begins by writing
 * its own row, so two processes that migrate at once cannot both apply it: the second one's batch fails as a whole, and it
 * goes on from what it then reads. Migrations only go forward and only expand, so a database that is ahead of this release
 * (an older Worker still answers while a newer one is deployed) is fine; one whose history differs is refused.
 */
import { PlatformError } from "../platform.ts";
import { type Catalog, type Query, readAll } from "./port.ts";
import { integer, text } from "./row.ts";
import { splitSql } from "./split-sql.ts";

export interface Migration {
  /** File name, e.g. `0001_dags.sql`. */
  readonly name: string;
  readonly sql: string;
}

interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
}

// The one table that no migration makes. `position` is unique, so that two histories cannot be woven into one.
const createTable = `CREATE TABLE IF NOT EXISTS _migrations (
  position INTEGER NOT NULL PRIMARY KEY,
  applied_at INTEGER NOT NULL,
  checksum TEXT NOT NULL,
  name TEXT NOT NULL UNIQUE
) STRICT`;

const listApplied: Query<AppliedMigration> = {
  sql: "SELECT position, name, checksum FROM _migrations ORDER BY position",
  params: [],
  parse: (row) => ({ name: text(row, "name"), checksum: text(row, "checksum") }),
};

/** Applies what is missing, in the order given, and returns the names of what this call applied. */
export async function migrate(
  catalog: Catalog,
  migrations: readonly Migration[],
  now: number,
): Promise<{ readonly applied: readonly string[] }> {
  const wanted = await Promise.all(
    migrations.map(async ({ name, sql }) => ({ name, sql, checksum: await checksumOf(sql) })),
  );
  let known = await readApplied(catalog);
  const applied: string[] = [];
  for (const [position, migration] of wanted.entries()) {
    checkHistory(known, wanted);
    if (position < known.length) continue;
    if (await apply(catalog, migration, position, now)) applied.push(migration.name);
    else known = await readApplied(catalog);
  }
  checkHistory(known, wanted);
  return { applied };
}

/** False when another process applied it in the meantime. */
async function apply(
  catalog: Catalog,
  migration: Migration & { readonly checksum: string },
  position: number,
  now: number,
): Promise<boolean> {
  const record = {
    sql: "INSERT INTO _migrations (position, applied_at, checksum, name) VALUES (?1, ?2, ?3, ?4)",
    params: [position, now, migration.checksum, migration.name],
  };
  const statements = splitSql(migration.sql).map((sql) => ({ sql, params: [] }));
  try {
    await catalog.write([record, ...statements]);
    return true;
  } catch (error) {
    // A call that timed out may have been applied after all, by us: the history says so either way.
    const known = await readApplied(catalog);
    if (known[position]?.name === migration.name) return false;
    throw new PlatformError(
      "migration_failed",
      `Cannot apply the migration "${migration.name}": ${error instanceof Error ? error.message : String(error)}`,
      { retryable: error instanceof PlatformError && error.retryable, cause: error },
    );
  }
}

async function readApplied(catalog: Catalog): Promise<readonly AppliedMigration[]> {
  // A plain read first: on nearly every start there is nothing to write.
  const exists: Query<number> = {
    sql: "SELECT count(*) AS count FROM sqlite_schema WHERE type = 'table' AND name = '_migrations'",
    params: [],
    parse: (row) => integer(row, "count"),
  };
  const [count] = await readAll(catalog, exists);
  if (count === 0) await catalog.write([{ sql: createTable, params: [] }]);
  return readAll(catalog, listApplied);
}

function checkHistory(known: readonly AppliedMigration[], wanted: readonly AppliedMigration[]): void {
  for (const [position, migration] of wanted.entries()) {
    const applied = known[position];
    if (applied === undefined) return;
    if (applied.name !== migration.name) {
      throw historyError(
        `migration ${position + 1} was applied as "${applied.name}", this release has "${migration.name}" there; ` +
          "never rename, reorder or remove a migration, add a new one at the end",
      );
    }
    if (applied.checksum !== migration.checksum) {
      throw historyError(
        `"${migration.name}" was changed after it was applied; restore its text and put the change into a new migration`,
      );
    }
  }
}

function historyError(what: string): PlatformError {
  return new PlatformError("migration_mismatch", `Cannot migrate the catalog: ${what}`, { retryable: false });
}

/** Line endings aside, because a checkout may change them. */
async function checksumOf(sql: string): Promise<string> {
  const bytes = new TextEncoder().encode(sql.replaceAll("\r\n", "\n"));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
