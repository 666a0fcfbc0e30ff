import { expect, test } from "vitest";
import { inParallel } from "../../src/lib/in-parallel.ts";

test("inParallel() keeps the order of the items, whichever ends first", async () => {
  const finish: (() => void)[] = [];
  const results = inParallel(["a", "b"], 2, (item) => new Promise((done) => finish.push(() => done(item))));
  finish[1]?.();
  finish[0]?.();
  expect(await results).toEqual(["a", "b"]);
});

const twenty = Array.from({ length: 20 }, (_, index) => index);

test("inParallel() works on at most so many at a time, and on each once", async () => {
  let running = 0;
  let most = 0;
  const seen: number[] = [];
  await inParallel(twenty, 3, async (item) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    seen.push(item);
    running -= 1;
  });
  expect(most).toBe(3);
  expect(seen.sort((a, b) => a - b)).toEqual(twenty);
});

test("inParallel() of nothing is nothing, and the first failure is the failure of all", async () => {
  expect(await inParallel([], 3, async () => 1)).toEqual([]);
  await expect(inParallel([1, 2], 2, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
});
