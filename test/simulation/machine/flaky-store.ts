/** The object store as one isolate reaches it: slow at times, and failing at times, before it wrote, after, or for a while. */
import { type ObjectStore, PlatformError } from "../../../src/platform.ts";
import type { Clockwork } from "./clockwork.ts";
import type { Faults } from "./faults.ts";
import type { Life } from "./life.ts";

/** Longer than a chunk of a log is tried. */
const DOWN_MS = [2_000, 20_000] as const;

export function flakyStore(
  { clockwork, faults, store }: { clockwork: Clockwork; faults: Faults; store: ObjectStore },
  life: Life,
): ObjectStore {
  let downUntil = 0;
  function reach<T>(what: string, act: () => Promise<T>): Promise<T> {
    const isDown = faults.isOn && clockwork.now < downUntil;
    const isFailing = isDown || faults.happens("store_fails");
    const isDone = isFailing && !isDown && clockwork.random.chance(0.5);
    if (isFailing && !isDown && clockwork.random.chance(0.2))
      downUntil = clockwork.now + clockwork.random.int(...DOWN_MS);
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
