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

export interface Catalog {
  /** Runs the statements in one round trip and returns the rows of each; throws `PlatformError`. */
  read(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]>;
  /** Runs all statements as one transaction, in order; throws `PlatformError`, after which none or all were applied. */
  write(statements: readonly Statement[]): Promise<void>;
}

/** One statement, for the readers' convenience. */
export async function readRows(catalog: Catalog, statement: Statement): Promise<readonly Row[]> {
  const [rows] = await catalog.read([statement]);
  return rows ?? [];
}
