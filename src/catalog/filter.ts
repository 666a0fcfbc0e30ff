/**
 * Conditions and parameters of a list query, put together from the filters that are set. What is not set leaves no trace
 * in the text, because `?1 IS NULL OR …` would keep SQLite from using an index.
 */
import type { SqlValue } from "./port.ts";

/** Ids of the DAGs that the reader may see; null means all of them. */
export type AllowedDagIds = readonly string[] | null;

/** An instant from `from` on and before or at `to`. */
export interface InstantRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** One page by number, for the API. */
export interface OffsetPage {
  readonly limit: number;
  readonly offset: number;
}

/** One page after a known row, for the UI: its cost does not grow with the number of the page. */
export interface KeysetPage<Cursor> {
  readonly limit: number;
  readonly after: Cursor | null;
}

export type Page<Cursor> = OffsetPage | KeysetPage<Cursor>;

/** Totals stop counting here, so that no count walks a whole history. */
export const COUNT_LIMIT = 100_000;

/** The longest that D1 takes for LIKE, which reads a row in half the time of lower and instr. */
const MAX_PATTERN_BYTES = 50;

export class Filter {
  readonly params: SqlValue[];
  readonly #terms: string[] = [];

  /** Conditions of a subquery are given the list of their statement. */
  constructor(params: SqlValue[] = []) {
    this.params = params;
  }

  /** Binds one more parameter and returns its name in the text. */
  bind(value: SqlValue): string {
    this.params.push(value);
    return `?${this.params.length}`;
  }

  /** Adds a condition made of constant text and `bind()` results. */
  add(term: string): void {
    this.#terms.push(term);
  }

  equal(column: string, value: SqlValue | undefined): void {
    if (value !== undefined) this.add(`${column} = ${this.bind(value)}`);
  }

  flag(column: string, value: boolean | undefined): void {
    if (value !== undefined) this.equal(column, value ? 1 : 0);
  }

  oneOf(column: string, values: readonly SqlValue[] | undefined): void {
    if (values === undefined) return;
    this.add(`${column} IN (SELECT value FROM json_each(${this.bind(JSON.stringify(values))}))`);
  }

  within(column: string, range: InstantRange | undefined): void {
    if (range?.from !== undefined) this.add(`${column} >= ${this.bind(range.from)}`);
    if (range?.to !== undefined) this.add(`${column} <= ${this.bind(range.to)}`);
  }

  /** One of the columns contains the text, the case of ASCII letters aside. */
  contains(columns: readonly string[], part: string | undefined): void {
    if (part === undefined || part === "") return;
    const pattern = `%${part.replace(/[\\%_]/g, "\\$&")}%`;
    const isShort = new TextEncoder().encode(pattern).length <= MAX_PATTERN_BYTES;
    const value = this.bind(isShort ? pattern : part);
    const contains = (column: string) =>
      isShort ? `${column} LIKE ${value} ESCAPE '\\'` : `instr(lower(${column}), lower(${value})) > 0`;
    this.add(`(${columns.map(contains).join(" OR ")})`);
  }

  allowed(allowedDagIds: AllowedDagIds, column = "dag_id"): void {
    if (allowedDagIds !== null) this.oneOf(column, allowedDagIds);
  }

  /** Rows after the cursor, when `columns` are sorted in one direction. */
  after(columns: readonly string[], direction: "ASC" | "DESC", cursor: readonly SqlValue[]): void {
    const bound = cursor.map((value) => this.bind(value)).join(", ");
    this.add(`(${columns.join(", ")}) ${direction === "ASC" ? ">" : "<"} (${bound})`);
  }

  /** The WHERE clause, empty when nothing was added. */
  where(): string {
    return this.#terms.length === 0 ? "" : `WHERE ${this.#terms.join(" AND ")}`;
  }

  limit(page: { readonly limit: number; readonly offset?: number }): string {
    const limit = `LIMIT ${this.bind(page.limit)}`;
    return page.offset === undefined || page.offset === 0 ? limit : `${limit} OFFSET ${this.bind(page.offset)}`;
  }
}
