/**
 * How the objects of one isolate take turns at the catalog, which all of them share and which writes one thing at a time.
 * When a thousand DAGs wake at the same minute, what is due comes before what is only to be told: few write at once, and the
 * others go on gathering, so that most of them tell of a run once, when it is over.
 */

const AT_ONCE = 4;
/** An object that is aborted leaves its write without an end; none takes as long as this. */
const GIVEN_UP_AFTER_MS = 20_000;

export class CatalogPace {
  private readonly startedAt = new Set<{ readonly at: number }>();

  /** Whether whoever can wait should. */
  isBusy(now: number): boolean {
    if (this.startedAt.size < AT_ONCE) return false;
    for (const write of this.startedAt) if (now - write.at > GIVEN_UP_AFTER_MS) this.startedAt.delete(write);
    return this.startedAt.size >= AT_ONCE;
  }

  /** Counts a write for as long as it takes. */
  async during<T>(now: number, write: Promise<T>): Promise<T> {
    const started = { at: now };
    this.startedAt.add(started);
    try {
      return await write;
    } finally {
      this.startedAt.delete(started);
    }
  }
}
