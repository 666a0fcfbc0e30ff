/**
 * The catalog on Cloudflare D1. A batch is one implicit transaction and one round trip. D1 repeats reads by itself, writes
 * never, and now and then stalls for half a minute; so every call has a limit of its own, and what it reports as retryable
 * may have been applied all the same. The type of the binding is structural, because `src` knows no runtime.
 */
import { PlatformError } from "../../platform.ts";
import type { Catalog, Row, SqlValue, Statement } from "../port.ts";

export interface D1Like {
  prepare(sql: string): D1StatementLike;
  batch(statements: D1StatementLike[]): Promise<D1ResultLike[]>;
}

export interface D1StatementLike {
  bind(...values: SqlValue[]): D1StatementLike;
}

export interface D1ResultLike {
  readonly results: unknown[];
  readonly meta: { readonly size_after?: number };
}

/** Above a slow but honest batch, below the stalls. */
const DEFAULT_TIMEOUT_MS = 15_000;

export function d1Catalog(database: D1Like, options: { readonly timeoutMs?: number } = {}): Catalog {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  // D1 tells it beside each result, so that nobody has to ask for it.
  let knownSize = 0;

  async function run(statements: readonly Statement[]): Promise<readonly D1ResultLike[]> {
    // D1 takes an empty batch for a mistake.
    if (statements.length === 0) return [];
    const prepared = statements.map(({ sql, params }) => database.prepare(sql).bind(...params));
    try {
      const results = await withTimeout(database.batch(prepared), timeoutMs);
      knownSize = results.at(-1)?.meta.size_after ?? knownSize;
      return results;
    } catch (error) {
      throw platformErrorOf(error);
    }
  }

  // D1 speaks JSON: its values are text, numbers and null.
  const rowsOf = (results: readonly D1ResultLike[]) => results.map((result) => result.results as Row[]);
  return {
    read: async (statements) => rowsOf(await run(statements)),
    write: async (statements) => rowsOf(await run(statements)),
    async size() {
      if (knownSize === 0) await run([{ sql: "SELECT 1", params: [] }]);
      return knownSize;
    },
  };
}

/** SQLite's verdicts on the statement itself. Whatever else goes wrong is the network, the object or the load, and passes. */
const permanent =
  /SQLITE_(CONSTRAINT|ERROR|TOOBIG|MISMATCH|AUTH|RANGE|MISUSE)|D1_TYPE_ERROR|too many SQL variables|No SQL statements|Wrong number of parameter/;

function platformErrorOf(error: unknown): PlatformError {
  if (error instanceof PlatformError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = /SQLITE_CONSTRAINT/.test(message)
    ? "catalog_constraint"
    : permanent.test(message)
      ? "catalog_rejected"
      : "catalog_unavailable";
  const retryable = code === "catalog_unavailable";
  return new PlatformError(code, `Cannot run a statement on D1: ${message}`, { retryable, cause: error });
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const message = `Cannot wait for D1 any longer: no answer within ${timeoutMs} ms`;
      reject(new PlatformError("catalog_unavailable", message, { retryable: true }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
