/**
 * Updraft under `kill -9`. A cycle starts it on the state that the last one left, loads it, kills every process of it in the
 * middle (and, by the dice, again while it starts or recovers), starts it once more, waits until everything has come to
 * rest, kills it at rest and compares what is on disk with the ledger. The dice decide what is triggered and when is
 * killed, so a seed asks for the same faults again; how far the work has come by then is the machine's.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../e2e/api.ts";
import { Project } from "../e2e/project.ts";
import { Updraft } from "../e2e/updraft.ts";
import { root } from "../tidy/source-tree.ts";
import { readAtRest } from "./at-rest.ts";
import { type Answer, catalogDifferences, compare, type Promised } from "./compare.ts";
import { Dice } from "./dice.ts";
import { Ledger } from "./ledger.ts";

const LOADED = ["crash_chain", "crash_fan", "crash_mapped", "crash_retries", "crash_pool", "crash_long"] as const;
const CLOCK = "crash_clock";
const POOL = { name: "narrow", slots: 3 };
const SETTLE_LIMIT_MS = 240_000;
const CATALOG_LIMIT_MS = 60_000;
const POLL_MS = 250;

export interface CycleResult extends Answer {
  readonly killCount: number;
  readonly promisedCount: number;
}

export class CrashTest {
  readonly #dice: Dice;
  readonly #project: Project;
  readonly #ledger: Ledger;
  readonly #promised: Promised[] = [];
  /** Triggers without an answer: made or not, they are asked for again under the same key. */
  #unanswered: { readonly dagId: string; readonly key: string }[] = [];
  #updraft: Updraft | null = null;
  #password: string | null = null;
  #keyCount = 0;
  #killCount = 0;

  private constructor(seed: number, project: Project, ledger: Ledger) {
    this.#dice = new Dice(seed);
    this.#project = project;
    this.#ledger = ledger;
  }

  static async open(seed: number): Promise<CrashTest> {
    const ledger = await Ledger.open();
    const project = new Project({ withExamples: false });
    project.addFixtures(...LOADED);
    const clock = readFileSync(join(root, `test/fixtures/dags/${CLOCK}.ts`), "utf8");
    project.writeDag(`${CLOCK}.ts`, clock.replace("2026-01-01", new Date(Date.now() - 60_000).toISOString()));
    project.addParts("crash_parts");
    project.writeVariables({ LEDGER: ledger.url });
    return new CrashTest(seed, project, ledger);
  }

  async close(): Promise<void> {
    await this.#updraft?.kill();
    this.#ledger.close();
    this.#project.remove();
  }

  async cycle(): Promise<CycleResult> {
    this.#killCount = 0;
    await this.#start();
    await this.#setPaused(CLOCK, false);
    const load = this.#load();
    await sleep(this.#dice.between(50, 6_000));
    await this.#kill();
    await load;
    while (this.#dice.chance(0.4)) await this.#startAndKill();
    await this.#start();
    if (this.#dice.chance(0.3)) {
      await sleep(this.#dice.between(0, 3_000));
      await this.#kill();
      await this.#start();
    }
    await this.#repeatUnanswered();
    await this.#rest();
    await this.#kill();
    return { ...this.#compare(), killCount: this.#killCount, promisedCount: this.#promised.length };
  }

  async #start(): Promise<void> {
    const isFirst = this.#password === null;
    this.#updraft = await Updraft.start(this.#project, this.#password === null ? {} : { password: this.#password });
    this.#password = this.#updraft.password;
    if (isFirst) await this.#updraft.api.post("/api/v2/pools", { ...POOL, include_deferred: false });
  }

  /** Everything at once, or workerd alone a moment before, so that wrangler is starting another one. */
  async #kill(): Promise<void> {
    const updraft = this.#updraft;
    if (updraft === null) return;
    this.#updraft = null;
    if (this.#dice.chance(0.3)) {
      updraft.killRuntime();
      await sleep(this.#dice.between(0, 1_500));
    }
    await updraft.kill();
    this.#noteKill();
  }

  async #startAndKill(): Promise<void> {
    await Updraft.startAndKill(this.#project, this.#dice.between(500, 9_000));
    this.#noteKill();
  }

  #noteKill(): void {
    this.#killCount++;
    this.#ledger.noteKill();
  }

  /** Triggers one run after the other until nobody answers any more. */
  async #load(): Promise<void> {
    for (const dagId of this.#plan()) {
      const isAnswered = await this.#trigger(dagId);
      if (!isAnswered) return;
      await sleep(this.#dice.between(0, 200));
    }
  }

  /** Each DAG at least once, in any order. */
  #plan(): readonly string[] {
    const more = Array.from({ length: this.#dice.between(2, 8) }, () => this.#dice.pick(LOADED));
    return [...LOADED, ...more]
      .map((dagId) => ({ dagId, at: this.#dice.next() }))
      .sort((a, b) => a.at - b.at)
      .map(({ dagId }) => dagId);
  }

  async #trigger(dagId: string, key = `key-${this.#keyCount++}`): Promise<boolean> {
    const headers = { "Idempotency-Key": key };
    try {
      const answer = await this.#updraft?.api.call("POST", `/api/v2/dags/${dagId}/dagRuns`, {}, headers);
      if (answer === undefined) throw new Error("It does not run");
      if (answer.status >= 500) throw new Error(`It answered ${answer.status}`);
      if (answer.status >= 300)
        throw new Error(`A trigger was refused: ${answer.status} ${JSON.stringify(answer.body)}`);
      this.#promised.push({ dagId, runId: String(answer.body["dag_run_id"]), key });
      return true;
    } catch (error) {
      if (String(error).includes("refused:")) throw error;
      this.#unanswered.push({ dagId, key });
      return false;
    }
  }

  async #repeatUnanswered(): Promise<void> {
    const unanswered = this.#unanswered;
    this.#unanswered = [];
    for (const { dagId, key } of unanswered) {
      if (!(await this.#trigger(dagId, key))) throw new Error(`A trigger of "${dagId}" is not answered`);
    }
  }

  async #setPaused(dagId: string, isPaused: boolean): Promise<void> {
    await this.#updraft?.api.patch(`/api/v2/dags/${dagId}`, { is_paused: isPaused });
  }

  /** No run is live, and the catalog has come up to the schedulers. */
  async #rest(): Promise<void> {
    const live = async () => {
      const { runs } = readAtRest(this.#project.dataFolder).truth;
      return runs.filter(({ state }) => state !== "success" && state !== "failed");
    };
    await poll("all runs but those of the clock to end", SETTLE_LIMIT_MS, live, (runs) =>
      runs.every((run) => run["dag_id"] === CLOCK),
    );
    // A pause leaves runs where they are, so it has to come between two of them.
    const stop = async () => {
      await this.#setPaused(CLOCK, true);
      const runs = await live();
      if (runs.length > 0) await this.#setPaused(CLOCK, false);
      return runs;
    };
    await poll("the clock to stop between two runs", SETTLE_LIMIT_MS, stop, (runs) => runs.length === 0);
    const difference = async () => catalogDifferences(readAtRest(this.#project.dataFolder));
    await poll("the catalog to be equal", CATALOG_LIMIT_MS, difference, (found) => found.length === 0);
  }

  #compare(): Answer {
    return compare({
      ...readAtRest(this.#project.dataFolder),
      lines: this.#ledger.lines,
      promised: this.#promised,
      clock: { dagId: CLOCK, everyMs: 5_000 },
      pool: { dagId: "crash_pool", slots: POOL.slots, slotsOf: (taskId) => (taskId === "place_4" ? 2 : 1) },
      expectedState: (fact) => (fact["task_id"] === "hopeless" ? "failed" : "success"),
    });
  }
}

/** Tells what it found last when it waited too long; the comparison that follows names everything. */
async function poll<T>(what: string, limitMs: number, ask: () => Promise<T>, isGood: (answer: T) => boolean) {
  const patient = async () => {
    await sleep(POLL_MS);
    return ask();
  };
  await until(what, limitMs, patient, isGood).catch((error: unknown) => console.error(String(error).slice(0, 2_000)));
}
