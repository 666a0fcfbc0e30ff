/** The short form of `npm run crash`: a real Updraft under `kill -9`, compared with a ledger that no crash touches. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { CrashTest } from "../crash/crash-test.ts";

const CYCLES = 2;
let crash: CrashTest;

beforeAll(async () => {
  crash = await CrashTest.open(11);
});

afterAll(async () => {
  await crash?.close();
});

test(`${CYCLES} cycles of killing lose nothing, double nothing, and leave the catalog equal`, {
  timeout: 600_000,
}, async () => {
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    const { lost, doubled, differences, promisedCount, committedCount } = await crash.cycle();
    expect({ lost, doubled, differences }).toEqual({ lost: [], doubled: [], differences: [] });
    // What was asked for did happen, or nothing could have been lost.
    expect(promisedCount).toBeGreaterThanOrEqual(cycle);
    expect(committedCount).toBeGreaterThanOrEqual(cycle);
  }
});
