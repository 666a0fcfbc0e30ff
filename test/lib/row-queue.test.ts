import * as fc from "fast-check";
import { expect, it } from "vitest";
import { RowQueue } from "../../src/lib/row-queue.ts";

interface Entry {
  readonly at: number;
}

const isBefore = (a: Entry, b: Entry) => a.at < b.at;
const drained = (queue: RowQueue<Entry>) => {
  const found: number[] = [];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) found.push(next.at);
  return found;
};
const sorted = (entries: readonly Entry[]) => entries.map(({ at }) => at).sort((a, b) => a - b);

it("gives entries of any order back in order, and tells the next", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(50), fc.constant(null)), { maxLength: 200, size: "max" }), (steps) => {
      const queue = new RowQueue<Entry>(isBefore);
      let held: Entry[] = [];
      for (const step of steps) {
        if (step === null) {
          const next = sorted(held)[0];
          expect(queue.peek()?.at).toBe(next);
          const popped = queue.pop();
          expect(popped?.at).toBe(next);
          held = held.filter((entry) => entry !== popped);
        } else {
          held.push({ at: step });
          queue.push(held[held.length - 1] ?? { at: step });
        }
        expect(queue.size).toBe(held.length);
      }
      expect(drained(queue)).toEqual(sorted(held));
    }),
  );
});

it("keeps what is to be kept, in order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(10), (values, popCount) => {
      const queue = new RowQueue<Entry>(isBefore);
      for (const at of values) queue.push({ at });
      for (let count = 0; count < popCount; count += 1) queue.pop();
      const left = sorted(values.map((at) => ({ at }))).slice(popCount);
      queue.retain(({ at }) => at % 2 === 0);
      expect(drained(queue)).toEqual(left.filter((at) => at % 2 === 0));
    }),
  );
});

it("holds thousands of entries that came in order, and lets them go", () => {
  const queue = new RowQueue<Entry>(isBefore);
  const entries = Array.from({ length: 5_000 }, (_, at) => [{ at }, { at: at + 300 }, { at: 1_000_000 - at }]).flat();
  for (const entry of entries) queue.push(entry);
  expect(drained(queue)).toEqual(sorted(entries));
  expect(queue.size).toBe(0);
});
