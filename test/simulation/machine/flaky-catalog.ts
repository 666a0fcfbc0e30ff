/**
 * The catalog as one isolate reaches it: away for minutes, slow for longer than its caller waits, or unable to say
 * whether it wrote. What it failed to answer may be there, or come later.
 */
import type { Catalog, Row, Statement } from "../../../src/catalog/port.ts";
import { PlatformError } from "../../../src/platform.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Faults } from "./faults.ts";
import type { Life } from "./life.ts";

const TIMEOUT_MS = 15_000;

export class FlakyCatalog {
  readonly #clockwork: Clockwork;
  readonly #faults: Faults;
  readonly #catalog: Catalog;
  readonly #onWrite: () => void;
  readonly #onRepeat: (kind: "repeat" | "late") => void;
  /** Isolates that were told of a failure although their write stands, or will. */
  readonly #misled = new Set<string>();
  downUntil = 0;

  constructor(options: {
    clockwork: Clockwork;
    faults: Faults;
    catalog: Catalog;
    onWrite: () => void;
    onRepeat: (kind: "repeat" | "late") => void;
  }) {
    this.#clockwork = options.clockwork;
    this.#faults = options.faults;
    this.#catalog = options.catalog;
    this.#onWrite = options.onWrite;
    this.#onRepeat = options.onRepeat;
  }

  for(life: Life): Catalog {
    return {
      read: (statements) => this.#reach(life, "read", () => this.#catalog.read(statements)),
      write: (statements) => this.#write(life, statements),
      size: () => this.#catalog.size(),
    };
  }

  #write(life: Life, statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    const faults = this.#faults;
    const write = async (): Promise<readonly (readonly Row[])[]> => {
      const rows = await this.#catalog.write(statements);
      this.#onWrite();
      return rows;
    };
    const repeat = async (): Promise<readonly (readonly Row[])[]> => {
      const rows = await write();
      if (this.#misled.delete(life.name)) this.#onRepeat("repeat");
      return rows;
    };
    if (this.#isDown()) return this.#fail(life, 200);
    if (faults.happens("catalog_commits_and_fails")) {
      this.#misled.add(life.name);
      return this.#reach(life, "write", async () => {
        await write();
        throw failure("the answer was lost");
      });
    }
    if (faults.happens("catalog_fails_and_commits_later")) {
      this.#misled.add(life.name);
      this.#clockwork.after(this.#clockwork.random.spread(20, 60_000), "a late write reaches the catalog", () => {
        if (!this.#misled.has(life.name)) this.#onRepeat("late");
        write().catch((error: unknown) => this.#clockwork.log(`the late write was refused: ${String(error)}`));
      });
      return this.#fail(life, 20);
    }
    return this.#reach(life, "write", repeat);
  }

  #reach<T>(life: Life, what: string, act: () => Promise<T>): Promise<T> {
    if (this.#isDown()) return this.#fail(life, 200);
    const { random } = this.#clockwork;
    const ms = this.#faults.happens("catalog_slow") ? random.spread(1_000, 80_000) : random.int(2, 20);
    if (ms > TIMEOUT_MS) {
      // Its caller gives up, and it goes on.
      if (what === "write")
        this.#clockwork.after(ms, "a slow write reaches the catalog", () => void act().catch(() => {}));
      return this.#fail(life, TIMEOUT_MS);
    }
    return this.#clockwork.reply(life, ms, `${life.name}: the catalog ${what}s`, act);
  }

  #isDown(): boolean {
    return this.#faults.isOn && this.downUntil > this.#clockwork.now;
  }

  #fail(life: Life, ms: number): Promise<never> {
    return this.#clockwork.reply(life, ms, `${life.name}: the catalog does not answer`, () => {
      throw failure("no answer");
    });
  }
}

function failure(reason: string): PlatformError {
  return new PlatformError("catalog_unreachable", `Cannot reach the catalog: ${reason}`, { retryable: true });
}
