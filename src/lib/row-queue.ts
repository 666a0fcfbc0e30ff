import { Heap } from "./heap.ts";

/** Entries that come in order, the next one to leave at `head`. */
interface Row<T> {
  readonly items: T[];
  head: number;
}

const ROW_COUNT = 5;
/** So many entries that have left are kept before the rest moves up. */
const MAX_LEFT_COUNT = 500;

/**
 * A priority queue like `Heap` for entries that come nearly in order, such as due times of a few fixed delays: one row for
 * each delay keeps itself sorted, so that entering and leaving cost the same among 10,000 as among ten. What fits into no
 * row goes to a heap.
 */
export class RowQueue<T> {
  private readonly rows: readonly Row<T>[] = Array.from({ length: ROW_COUNT }, () => ({ items: [], head: 0 }));
  private readonly others: Heap<T>;
  private readonly isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.isBefore = isBefore;
    this.others = new Heap(isBefore);
  }

  get size(): number {
    return this.rows.reduce((size, row) => size + row.items.length - row.head, this.others.size);
  }

  peek(): T | undefined {
    const row = this.firstRow();
    return row === null ? this.others.peek() : row.items[row.head];
  }

  push(item: T): void {
    const row = this.rowFor(item);
    if (row === null) this.others.push(item);
    else row.items.push(item);
  }

  pop(): T | undefined {
    const row = this.firstRow();
    if (row === null) return this.others.pop();
    const item = row.items[row.head];
    row.head += 1;
    if (row.head === row.items.length || row.head > MAX_LEFT_COUNT) {
      row.items.splice(0, row.head);
      row.head = 0;
    }
    return item;
  }

  /** Forgets all entries but those to keep, in time proportional to their number. */
  retain(isKept: (item: T) => boolean): void {
    for (const row of this.rows) {
      const kept = row.items.slice(row.head).filter(isKept);
      row.items.length = 0;
      row.head = 0;
      for (const item of kept) row.items.push(item);
    }
    this.others.retain(isKept);
  }

  /** The row whose last entry comes closest before the item, else an empty one. */
  private rowFor(item: T): Row<T> | null {
    let best: Row<T> | null = null;
    let empty: Row<T> | null = null;
    let bestLast: T | undefined;
    for (const row of this.rows) {
      const last = row.items.at(-1);
      if (last === undefined) empty ??= row;
      else if (!this.isBefore(item, last) && (bestLast === undefined || this.isBefore(bestLast, last))) {
        best = row;
        bestLast = last;
      }
    }
    return best ?? empty;
  }

  /** The row whose entry leaves next; null when it is one of the others, or there is none. */
  private firstRow(): Row<T> | null {
    let first: Row<T> | null = null;
    let next = this.others.peek();
    for (const row of this.rows) {
      const item = row.items[row.head];
      if (item === undefined || (next !== undefined && !this.isBefore(item, next))) continue;
      first = row;
      next = item;
    }
    return first;
  }
}
