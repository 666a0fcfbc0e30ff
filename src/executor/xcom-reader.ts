/**
 * Reads inputs and other tasks' values. A value in the object store is fetched, checked and parsed once per invocation, however many
 * of its tries want it. All that tasks are given is frozen, small values too: a task that changes its input must fail on the author's
 * machine and not only once the data have outgrown the inline limit and are shared.
 */
import { type DagId, isTaskId, type RunId } from "../dag/ids.ts";
import { deepFreeze } from "./deep-freeze.ts";
import { PagedResults } from "./mapped-results.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { Grant, InputValue, MappedValue, TaskInstanceKey, XComValue } from "./protocol.ts";
import { XComError } from "./xcom-error.ts";
import { sha256Hex } from "./xcom-writer.ts";

type Ref = Extract<XComValue, { type: "ref" }>;

// Bytes of JSON text; parsed values take a few times as much of an isolate's 128 MB.
const CACHE_MAX_BYTES = 24_000_000;
/** Shorter texts are parsed faster than looked up. */
const SHARED_FROM_LENGTH = 1_000;
/** Of inline values of at most 48 KB, so that a reply stays below 8 MB. */
const READ_MAX_COUNT = 100;
const ATTEMPTS = 3;
const WAIT_MS = 500;

/** One per invocation. */
export class XComReader {
  readonly #ports: ExecutorPorts;
  readonly #parsed = new Map<string, { readonly bytes: number; readonly value: Promise<unknown> }>();
  readonly #asked = new Map<string, Promise<readonly (XComValue | null)[]>>();
  /** Those of them that were handed out whole. */
  readonly #frozen = new WeakSet<object>();
  #cachedBytes = 0;

  constructor(ports: ExecutorPorts) {
    this.#ports = ports;
  }

  /**
   * The declared inputs by parameter name; `undefined` for an upstream task that left no value, a lazy sequence for a mapped one.
   */
  async inputs(dagId: DagId, grant: Grant): Promise<Record<string, unknown>> {
    const values: Record<string, unknown> = {};
    const later: { readonly name: string; readonly key: TaskInstanceKey }[] = [];
    for (const [name, { taskId, value }] of Object.entries(grant.inputs)) {
      if (value.type === "later") {
        later.push({ name, key: { runId: grant.runId, taskId, mapIndex: value.mapIndex ?? -1 } });
      } else {
        values[name] = await this.#given(dagId, grant.runId, value);
      }
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

  /**
   * What a task or its group is mapped over: the result of one task, not frozen, or the results of a mapped one. Of a long list an
   * invocation takes a few items, which `mapInputs` freezes as it takes them: all of them would take longer than to parse them.
   */
  async mapSource(dagId: DagId, grant: Grant, taskId: string): Promise<unknown> {
    const given = grant.mapped?.sources?.[taskId] ?? { type: "later" };
    if (given.type === "missing" || given.type === "mapped") return this.#given(dagId, grant.runId, given);
    if (given.type !== "later") return this.#parse(given);
    // The instances of a batch all ask for the same list at once: one call answers them.
    const place = { taskId, key: "return_value", mapIndex: given.mapIndex ?? -1 };
    const value = await this.#find({ dagId, runId: grant.runId }, place);
    return value === null ? undefined : this.#parse(value);
  }

  #given(dagId: DagId, runId: RunId, value: Exclude<InputValue, { type: "later" }> | MappedValue): unknown {
    if (value.type === "missing") return undefined;
    if (value.type !== "mapped") return this.#open(value);
    const { taskId, from: first = 0 } = value;
    return new PagedResults(
      {
        readPage: (from, to) => {
          const keys = Array.from({ length: to - from }, (_, place) => ({
            runId,
            taskId,
            mapIndex: first + from + place,
          }));
          return this.#read(
            dagId,
            keys.map((key) => ({ key, name: "return_value" })),
          );
        },
        open: (each) => this.#open(each),
      },
      value,
    );
  }

  /** `xcom.get` of the context. */
  async get(
    place: { readonly dagId: DagId; readonly runId: RunId },
    wanted: { readonly taskId: string; readonly key: string; readonly mapIndex: number },
  ): Promise<unknown> {
    const value = await this.#find(place, wanted);
    return value === null ? undefined : await this.#open(value);
  }

  async #find(
    place: { readonly dagId: DagId; readonly runId: RunId },
    wanted: { readonly taskId: string; readonly key: string; readonly mapIndex: number },
  ): Promise<XComValue | null> {
    const { taskId, key, mapIndex } = wanted;
    if (!isTaskId(taskId)) throw new TypeError(`Cannot read an XCom of task "${taskId}": that is no task id`);
    const [value] = await this.#read(place.dagId, [{ key: { runId: place.runId, taskId, mapIndex }, name: key }]);
    return value ?? null;
  }

  /** Equal questions under way at once are asked once. An answer is not kept: a later one may be another. */
  #read(
    dagId: DagId,
    items: readonly { readonly key: TaskInstanceKey; readonly name: string }[],
  ): Promise<readonly (XComValue | null)[]> {
    const question = JSON.stringify([dagId, items]);
    const asked = this.#asked.get(question);
    if (asked !== undefined) return asked;
    const answer = this.#askInParts(dagId, items);
    this.#asked.set(question, answer);
    const forget = () => void this.#asked.delete(question);
    answer.then(forget, forget);
    return answer;
  }

  async #askInParts(
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
    const parsed = await this.#parse(value);
    if (typeof parsed !== "object" || parsed === null || this.#frozen.has(parsed)) return parsed;
    this.#frozen.add(parsed);
    return deepFreeze(parsed);
  }

  async #parse(value: XComValue): Promise<unknown> {
    if (value.type === "inline" && value.json.length < SHARED_FROM_LENGTH) return JSON.parse(value.json);
    // The instances of a mapped task are all given the same list, so equal texts count as the same value.
    const key = value.type === "inline" ? `text ${value.json}` : value.key;
    const cached = this.#parsed.get(key);
    if (cached !== undefined) return cached.value;
    const opened = value.type === "inline" ? Promise.resolve(JSON.parse(value.json)) : this.#fetch(value);
    this.#remember(key, value.type === "inline" ? value.json.length : value.bytes, opened);
    return opened;
  }

  /** Forgets the oldest when full. A failed fetch is forgotten too, so that a later try asks again. */
  #remember(key: string, bytes: number, value: Promise<unknown>): void {
    for (const [oldest, old] of this.#parsed) {
      if (this.#cachedBytes + bytes <= CACHE_MAX_BYTES) break;
      this.#parsed.delete(oldest);
      this.#cachedBytes -= old.bytes;
    }
    const entry = { bytes, value };
    this.#parsed.set(key, entry);
    this.#cachedBytes += bytes;
    value.catch(() => {
      if (this.#parsed.get(key) !== entry) return;
      this.#parsed.delete(key);
      this.#cachedBytes -= bytes;
    });
  }

  async #fetch(ref: Ref): Promise<unknown> {
    const bytes = await this.#insist("the object store did not answer", () => this.#ports.objects.get(ref.key));
    if (bytes === null) throw new XComError("input_unavailable", `Cannot read the value at ${ref.key}: it is gone`);
    if ((await sha256Hex(bytes)) !== ref.sha256) {
      throw new XComError("input_unavailable", `Cannot read the value at ${ref.key}: its checksum is another`);
    }
    return JSON.parse(new TextDecoder().decode(bytes));
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
