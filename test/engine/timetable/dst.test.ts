/** A sample; `test/bench/dst.ts` looks at every change of every zone. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { allZones, type Change, changesOf } from "../../fixtures/clocks.ts";
import { checkChange } from "../../fixtures/dst-check.ts";

const known = new Map<string, readonly Change[]>();

function changes(zone: string): readonly Change[] {
  const found = known.get(zone) ?? changesOf(zone, 2000, 2040);
  known.set(zone, found);
  return found;
}

test("around any change of the clocks in any zone the ticks are those of an independent calculation", () => {
  let tickCount = 0;
  fc.assert(
    fc.property(fc.constantFrom(...allZones), fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), (zone, picks) => {
      const all = changes(zone);
      for (const pick of picks) {
        const change = all[pick % all.length];
        if (change === undefined) continue;
        const report = checkChange(change);
        tickCount += report.tickCount;
        expect(report.problems).toEqual([]);
      }
    }),
    { numRuns: 20 },
  );
  expect(tickCount).toBeGreaterThan(1_000);
});

// Not on a quarter of an hour: one answer must not be taken for the whole of it.
test.each([
  ["America/St_Johns", "2005-04-03T03:31:00Z"],
  ["Asia/Gaza", "2011-03-31T22:01:00Z"],
])("%s changes its clocks to the minute", (zone, instant) => {
  const change = changes(zone).find(({ at }) => at === Date.parse(instant));
  expect(change).toBeDefined();
  if (change !== undefined) expect(checkChange(change).problems).toEqual([]);
});
