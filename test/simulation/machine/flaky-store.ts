/** The object store as one isolate reaches it: slow at times, and failing at times, before it wrote or after. */
import { type ObjectStore, PlatformError } from "../../../src/platform.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Faults } from "./faults.ts";
import type { Life } from "./life.ts";

export function flakyStore(
  { clockwork, faults, store }: { clockwork: Clockwork; faults: Faults; store: ObjectStore },
  life: Life,
): ObjectStore {
  function reach<T>(what: string, act: () => Promise<T>): Promise<T> {
    const isFailing = faults.happens("store_fails");
    const isDone = isFailing && clockwork.random.chance(0.5);
    return clockwork.reply(life, clockwork.random.int(1, 10), `${life.name} ${what}`, async () => {
      const result = isFailing && !isDone ? null : await act();
      if (isFailing) throw new PlatformError("object_store_failed", `Cannot ${what}`, { retryable: true });
      return result as T;
    });
  }
  return {
    put: (key, value) => reach("puts an object", () => store.put(key, value)),
    get: (key) => reach("gets an object", () => store.get(key)),
    list: (prefix, options) => reach("lists objects", () => store.list(prefix, options)),
    delete: (keys) => reach("deletes objects", () => store.delete(keys)),
  };
}
