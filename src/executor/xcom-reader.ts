/**
 * Reads inputs and other tasks' values. A value in the object store is fetched, checked and parsed once per invocation, however many
 * of its tries want it. All values are frozen, small ones too: a task that changes its input must fail on the author's
 * machine and not only once the data have outgrown the inline limit and are shared.
 */
import type { DagId } from "../dag/ids.ts";
import { isTaskId } from "../dag/ids.ts";
import { deepFreeze } from "./deep-freeze.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { Grant, RunFacts, TaskInstanceKey, XComValue } from "./protocol.ts";
import { XComError } from "./xcom-error.ts";
import { sha256Hex } from "./xcom-writer.ts";

type Ref = Extract<XComValue, { type: "ref" }>;

// Bytes of JSON text; parsed values take a few times as much of an isolate's 128 MB.
const CACHE_MAX_BYTES = 24_000_000;
/** Of inline values of at most 48 KB, so that a reply stays below 8 MB. */
const READ_MAX_COUNT = 100;
const ATTEMPTS = 3;
const WAIT_MS = 500;

/** One per invocation. */
export class XComReader {
  readonly #ports: ExecutorPorts;
  readonly #parsed = new Map<string, { readonly bytes: number; readonly value: Promise<unknown> }>();
  #cachedBytes = 0;

  constructor(ports: ExecutorPorts) {
    this.#ports = ports;
  }

  /** The declared inputs by parameter name; `undefined` for an upstream task that left no value. */
  async inputs(dagId: DagId, grant: Grant): Promise<Record<string, unknown>> {
    const values: Record<string, unknown> = {};
    const later: { readonly name: string; readonly key: TaskInstanceKey }[] = [];
    for (const [name, { taskId, value }] of Object.entries(grant.inputs)) {
      if (value.type === "later") later.push({ name, key: { runId: grant.runId, taskId, mapIndex: -1 } });
      else values[name] = value.type === "missing" ? undefined : await this.#open(value);
    }
    if (later.length > 0) {
      const read = await this.#read(
        dagId,
        later.map(({ key }) => ({ key, name: "return_value" })),
      );
      for (const [index, { name }] of later.entries()) {
        const value = read[index] ?? null;
        values[name] = value === null ? undefined : await this.#open(value);
      }
    }
    return values;
  }

  /** `xcom.get` of the context. */
  async get(
    place: { readonly dagId: DagId; readonly runId: RunFacts["runId"] },
    wanted: { readonly taskId: string; readonly key: string; readonly mapIndex: number },
  ): Promise<unknown> {
    const { taskId, key, mapIndex } = wanted;
    if (!isTaskId(taskId)) throw new TypeError(`Cannot read an XCom of task "${taskId}": that is no task id`);
    const [value] = await this.#read(place.dagId, [{ key: { runId: place.runId, taskId, mapIndex }, name: key }]);
    return value === undefined || value === null ? undefined : await this.#open(value);
  }

  async #read(
    dagId: DagId,
    items: readonly { readonly key: TaskInstanceKey; readonly name: string }[],
  ): Promise<readonly (XComValue | null)[]> {
    const values: (XComValue | null)[] = [];
    for (let start = 0; start < items.length; start += READ_MAX_COUNT) {
      const some = items.slice(start, start + READ_MAX_COUNT);
      const read = () => this.#ports.schedulers.get(dagId).readXComs(some);
      values.push(...(await this.#insist("the scheduler did not answer", read)));
    }
    return values;
  }

  async #open(value: XComValue): Promise<unknown> {
    if (value.type === "inline") return deepFreeze<unknown>(JSON.parse(value.json));
    const cached = this.#parsed.get(value.key);
    if (cached !== undefined) return cached.value;
    const opened = this.#fetch(value);
    this.#remember(value, opened);
    return opened;
  }

  /** Forgets the oldest when full. A failed fetch is forgotten too, so that a later try asks again. */
  #remember(ref: Ref, value: Promise<unknown>): void {
    for (const [key, { bytes }] of this.#parsed) {
      if (this.#cachedBytes + ref.bytes <= CACHE_MAX_BYTES) break;
      this.#parsed.delete(key);
      this.#cachedBytes -= bytes;
    }
    const entry = { bytes: ref.bytes, value };
    this.#parsed.set(ref.key, entry);
    this.#cachedBytes += ref.bytes;
    value.catch(() => {
      if (this.#parsed.get(ref.key) !== entry) return;
      this.#parsed.delete(ref.key);
      this.#cachedBytes -= ref.bytes;
    });
  }

  async #fetch(ref: Ref): Promise<unknown> {
    const bytes = await this.#insist("the object store did not answer", () => this.#ports.objects.get(ref.key));
    if (bytes === null) throw new XComError("input_unavailable", `Cannot read the value at ${ref.key}: it is gone`);
    if ((await sha256Hex(bytes)) !== ref.sha256) {
      throw new XComError("input_unavailable", `Cannot read the value at ${ref.key}: its checksum is another`);
    }
    return deepFreeze<unknown>(JSON.parse(new TextDecoder().decode(bytes)));
  }

  async #insist<Value>(what: string, ask: () => Promise<Value>): Promise<Value> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask();
      } catch (error) {
        if (attempt >= ATTEMPTS) {
          throw new XComError("input_unavailable", `Cannot read a value: ${what}`, { cause: error });
        }
        await this.#ports.timer.sleep(WAIT_MS * attempt);
      }
    }
  }
}
