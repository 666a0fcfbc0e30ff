/** The raw worker, and what it measured last: the limits that a run of the benchmark is held against. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../../tidy/source-tree.ts";
import { WranglerProcess } from "../wrangler-process.ts";
import type { RawState } from "./worker.ts";

const POLL_MS = 100;

export class RawLimits {
  readonly #server: WranglerProcess;
  readonly #stateFolder: string;

  private constructor(server: WranglerProcess, stateFolder: string) {
    this.#server = server;
    this.#stateFolder = stateFolder;
  }

  static async open(): Promise<RawLimits> {
    const stateFolder = mkdtempSync(join(tmpdir(), "updraft-raw-"));
    const config = join(root, "test/bench/raw/wrangler.toml");
    const raw = new RawLimits(await WranglerProcess.start({ config, stateFolder, healthPath: "/" }), stateFolder);
    // Once before, as the workloads do as well.
    await raw.echo(1_000);
    await raw.chain(20);
    return raw;
  }

  async close(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#stateFolder, { recursive: true, force: true });
  }

  /** Milliseconds per hop of an object, a queue and its consumer. */
  async chain(count: number): Promise<number> {
    return (await this.#run("chain", count)) / count;
  }

  /** Messages with a row each, per second. */
  async echo(count: number): Promise<number> {
    return (count * 1_000) / (await this.#run("echo", count));
  }

  /** Rows per second that so many objects take, ten with each call, called again as soon as they answer. */
  async calls(objects: number, rounds: number): Promise<number> {
    const { ms } = await this.#get(`/calls?n=${objects}&rounds=${rounds}`);
    return (objects * rounds * 10 * 1_000) / Number(ms);
  }

  /** Rows per second. */
  async rows(kind: "rows" | "d1", count: number): Promise<number> {
    return (count * 1_000) / Number((await this.#get(`/${kind}?n=${count}`))["ms"]);
  }

  /** Lateness of objects that slept until their alarm, one of which is the time from there to their claim. */
  async due(count: number, at: number): Promise<readonly number[]> {
    for (let place = 0; place < count; place++) await this.#get(`/due?object=${place}&at=${at}`);
    await sleep(at - Date.now());
    for (;;) {
      const { lateness } = await this.#get("/lateness");
      if (Array.isArray(lateness) && lateness.length >= count) return lateness;
      await sleep(200);
    }
  }

  async #run(kind: "chain" | "echo", count: number): Promise<number> {
    await this.#get(`/${kind}?n=${count}`);
    for (;;) {
      const { startAt, endAt } = (await this.#get("/state")) as unknown as RawState;
      if (endAt !== null) return endAt - startAt;
      await sleep(POLL_MS);
    }
  }

  async #get(path: string): Promise<Readonly<Record<string, unknown>>> {
    const response = await fetch(this.#server.url + path);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  }
}
