/**
 * The catalog on libSQL: a file or a server. The client is handed in, because its entry differs per runtime; make one client
 * per database, with `timeout` set for files, so that two processes wait for each other instead of failing. Only batches:
 * interactive transactions exist here but not on D1.
 */
import { PlatformError } from "../../platform.ts";
import type { Catalog, Row, SqlValue, Statement } from "../port.ts";

export interface LibsqlLike {
  batch(
    statements: { readonly sql: string; readonly args: SqlValue[] }[],
    mode: "read" | "write",
  ): Promise<readonly LibsqlResultLike[]>;
}

export interface LibsqlResultLike {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly [index: number]: unknown }[];
}

export function libsqlCatalog(client: LibsqlLike): Catalog {
  async function run(statements: readonly Statement[], mode: "read" | "write"): Promise<readonly (readonly Row[])[]> {
    if (statements.length === 0) return [];
    try {
      const results = await client.batch(
        statements.map(({ sql, params }) => ({ sql, args: [...params] })),
        mode,
      );
      return results.map(rowsOf);
    } catch (error) {
      throw platformErrorOf(error);
    }
  }

  return {
    read: (statements) => run(statements, "read"),
    // Not the client's default "deferred", which fails half-way when another writer came first.
    write: (statements) => run(statements, "write"),
    async size() {
      const sql = "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()";
      const [rows] = await run([{ sql, params: [] }], "read");
      return Number(rows?.[0]?.["bytes"] ?? 0);
    },
  };
}

/** The client's rows are arrays with names on the side; plain objects are what every driver returns. */
function rowsOf(result: LibsqlResultLike): readonly Row[] {
  // The tables hold text, integers and null only.
  return result.rows.map((row) =>
    Object.fromEntries(result.columns.map((name, index) => [name, row[index] as SqlValue])),
  );
}

/** SQLite's verdicts on the statement itself; a lock, a full disk or a lost server may pass. */
const permanent = /SQLITE_(CONSTRAINT|ERROR|TOOBIG|MISMATCH|AUTH|RANGE|MISUSE)|SQL_PARSE_ERROR|ARGS_INVALID/;

function platformErrorOf(error: unknown): PlatformError {
  const message = error instanceof Error ? error.message : String(error);
  const verdict = `${codeOf(error)} ${message}`;
  const code = /SQLITE_CONSTRAINT/.test(verdict)
    ? "catalog_constraint"
    : permanent.test(verdict)
      ? "catalog_rejected"
      : "catalog_unavailable";
  const retryable = code === "catalog_unavailable";
  return new PlatformError(code, `Cannot run a statement on libSQL: ${message}`, { retryable, cause: error });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
