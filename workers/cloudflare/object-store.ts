/**
 * The object store on R2. R2 refuses more than one write a second to the same key; ours are all written once. Its listings
 * are sorted by key and strongly consistent, and a page may hold fewer keys than asked for, never more.
 */
import type { ObjectStore } from "../../src/platform.ts";
import { within } from "./within.ts";

const TIMEOUT_MS = 20_000;
const DELETE_MAX_KEYS = 1_000;

export class R2ObjectStore implements ObjectStore {
  readonly #bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    await within({ ...failure, what: `write ${value.length} bytes to ${key}` }, this.#bucket.put(key, value));
  }

  async get(key: string): Promise<Uint8Array | null> {
    return within({ ...failure, what: `read ${key}` }, this.#read(key));
  }

  async list(
    prefix: string,
    options: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly keys: readonly string[]; readonly cursor: string | null }> {
    const page = await within({ ...failure, what: `list ${prefix}` }, this.#bucket.list({ prefix, ...options }));
    return { keys: page.objects.map(({ key }) => key), cursor: page.truncated ? page.cursor : null };
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += DELETE_MAX_KEYS) {
      const some = keys.slice(start, start + DELETE_MAX_KEYS);
      await within({ ...failure, what: `delete ${some.length} objects` }, this.#bucket.delete(some));
    }
  }

  async #read(key: string): Promise<Uint8Array | null> {
    const object = await this.#bucket.get(key);
    return object === null ? null : new Uint8Array(await object.arrayBuffer());
  }
}

const failure = { code: "object_store_failed", ms: TIMEOUT_MS };
