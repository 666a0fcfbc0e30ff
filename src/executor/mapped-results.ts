/**
 * The results of a mapped task, read as they are asked for: in pages, each value parsed when it is taken, nothing kept but where
 * values are. A consumer of a hundred thousand instances so needs the memory of one page.
 */
import type { MappedResults } from "../dag/mapping.ts";
import type { MappedValue, XComValue } from "./protocol.ts";

/** At most 48 KB each inline: well within what one call may carry. */
const PAGE_SIZE = 100;

export interface ResultSource {
  /** Values of the instances `from` up to, not including, `to`. */
  readPage(from: number, to: number): Promise<readonly (XComValue | null)[]>;
  open(value: XComValue): Promise<unknown>;
}

export class PagedResults implements MappedResults<unknown> {
  readonly length: number;
  readonly #source: ResultSource;
  readonly #mapped: MappedValue;
  /** Indexes of instances with a value, as far as they are known; unused when every instance has one. */
  readonly #present: number[] = [];
  #scannedTo = 0;
  #scan: Promise<void> = Promise.resolve();
  #page: { readonly from: number; readonly values: Promise<readonly (XComValue | null)[]> } | null = null;

  constructor(source: ResultSource, mapped: MappedValue) {
    this.#source = source;
    this.#mapped = mapped;
    this.length = mapped.valueCount ?? mapped.items?.filter((item) => item !== null).length ?? mapped.count;
  }

  async at(index: number): Promise<unknown> {
    const place = index < 0 ? this.length + index : index;
    if (!Number.isInteger(place) || place < 0 || place >= this.length) return undefined;
    const instance = this.length === this.#mapped.count ? place : await this.#instanceAt(place);
    const value = instance === null ? null : await this.#value(instance);
    return value === null ? undefined : this.#source.open(value);
  }

  async toArray(): Promise<readonly unknown[]> {
    const values: unknown[] = [];
    for await (const value of this) values.push(value);
    return values;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<unknown> {
    for (let instance = 0; instance < this.#mapped.count; instance++) {
      const value = await this.#value(instance);
      if (value !== null) yield await this.#source.open(value);
    }
  }

  /** Places are found one scan after the other: an author may ask for several at once. */
  async #instanceAt(place: number): Promise<number | null> {
    const scan = this.#scan.then(() => this.#scanUntil(place));
    this.#scan = scan.catch(() => {
      // Whoever asked hears of it; the next one asks again.
    });
    await scan;
    return this.#present[place] ?? null;
  }

  async #scanUntil(place: number): Promise<void> {
    for (; this.#present.length <= place && this.#scannedTo < this.#mapped.count; this.#scannedTo++) {
      if ((await this.#value(this.#scannedTo)) !== null) this.#present.push(this.#scannedTo);
    }
  }

  async #value(instance: number): Promise<XComValue | null> {
    const given = this.#mapped.items?.[instance];
    if (given === null || (given !== undefined && given.type !== "later")) return given;
    const from = instance - (instance % PAGE_SIZE);
    if (this.#page?.from !== from) {
      const to = Math.min(from + PAGE_SIZE, this.#mapped.count);
      const page = { from, values: this.#source.readPage(from, to) };
      this.#page = page;
      page.values.catch(() => {
        if (this.#page === page) this.#page = null;
      });
    }
    return (await this.#page.values)[instance - from] ?? null;
  }
}
