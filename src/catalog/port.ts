/**
 * The metadata database: reads, and atomic batches of writes. There is no open transaction to hold across an `await`,
 * because D1 has none. Drivers are `drivers/d1.ts` and `drivers/libsql.ts`; both pass `test/contract/catalog-contract.ts`.
 */
export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

export interface Statement {
  readonly sql: string;
  /** At most 100, numbered `?1`, `?2`, … in the text. Lists travel as one JSON parameter for `json_each`. */
  readonly params: readonly SqlValue[];
}

/** A statement that knows what its rows mean; made by the functions of `sql/*.ts`. */
export interface Query<T> extends Statement {
  readonly parse: (row: Row) => T;
}

export interface Catalog {
  /** Runs the statements in one round trip and returns the rows of each; throws `PlatformError`. */
  read(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /**
   * Runs all statements as one transaction, in order, and returns the rows of each (those of its RETURNING clause, so
   * that a claim is one conditional statement). Throws `PlatformError`; with `retryable` false nothing was applied, with
   * `retryable` true either none or all of it was, so a statement must be harmless when repeated.
   */
  write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /** Size of the database in bytes. A method because D1 refuses `PRAGMA page_count` and tells it beside each result instead. */
  size(): Promise<number>;
}

/** One statement, for the readers' convenience. */
export async function readRows(catalog: Catalog, statement: Statement): Promise<readonly Row[]> {
  const [rows] = await catalog.read([statement]);
  return rows ?? [];
}

/** All rows of one query. */
export async function readAll<T>(catalog: Catalog, query: Query<T>): Promise<readonly T[]> {
  return (await readRows(catalog, query)).map(query.parse);
}

/** The first row of one query, or null. */
export async function readOne<T>(catalog: Catalog, query: Query<T>): Promise<T | null> {
  const [row] = await readRows(catalog, query);
  return row === undefined ? null : query.parse(row);
}

/** Several queries in one round trip, e.g. a page's list, its total and its facets; the rows of each, in order. */
export async function readTogether<const Queries extends readonly Query<unknown>[]>(
  catalog: Catalog,
  queries: Queries,
): Promise<{ readonly [Index in keyof Queries]: readonly Parsed<Queries[Index]>[] }> {
  const results = await catalog.read(queries);
  // The mapped tuple type cannot be built up step by step, so the compiler has to be told its result.
  return queries.map((query, index) => (results[index] ?? []).map(query.parse)) as {
    readonly [Index in keyof Queries]: readonly Parsed<Queries[Index]>[];
  };
}

/** Runs one conditional statement with a RETURNING clause; null when its condition did not hold. */
export async function writeOne<T>(catalog: Catalog, query: Query<T>): Promise<T | null> {
  const [rows] = await catalog.write([query]);
  const row = rows?.[0];
  return row === undefined ? null : query.parse(row);
}

type Parsed<Q> = Q extends Query<infer T> ? T : never;
