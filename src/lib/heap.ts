/** A binary heap: `isBefore(a, b)` says which of two comes out first. Entries that went stale are the caller's to skip. */
export class Heap<T> {
  private readonly items: T[] = [];
  private readonly isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.isBefore = isBefore;
  }

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const { items, isBefore } = this;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = items[parentAt] as T;
      if (!isBefore(item, parent)) break;
      items[at] = parent;
      at = parentAt;
    }
    items[at] = item;
  }

  pop(): T | undefined {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (items.length > 0 && last !== undefined) this.sink(last, 0);
    return top;
  }

  /** Forgets all entries but those to keep, in time proportional to their number. */
  retain(isKept: (item: T) => boolean): void {
    const { items } = this;
    let count = 0;
    for (const item of items) {
      if (!isKept(item)) continue;
      items[count] = item;
      count += 1;
    }
    items.length = count;
    for (let at = (count >> 1) - 1; at >= 0; at -= 1) this.sink(items[at] as T, at);
  }

  private sink(item: T, from: number): void {
    const { items, isBefore } = this;
    const count = items.length;
    let at = from;
    for (;;) {
      let childAt = 2 * at + 1;
      if (childAt >= count) break;
      let child = items[childAt] as T;
      const right = items[childAt + 1];
      if (childAt + 1 < count && isBefore(right as T, child)) {
        childAt += 1;
        child = right as T;
      }
      if (!isBefore(child, item)) break;
      items[at] = child;
      at = childAt;
    }
    items[at] = item;
  }
}
