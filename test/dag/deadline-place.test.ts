import { expect, test } from "vitest";
import { deadlinePlace } from "../../src/dag/deadline-place.ts";
import type { DeadlineSpec } from "../../src/dag/spec.ts";

const after = (minutes: number): DeadlineSpec => ({ reference: { type: "queued_at" }, intervalMs: minutes * 60_000 });

test.each([
  ["in its place", [after(1), after(2)], 1, after(2), 1],
  ["moved", [after(2), after(1)], 1, after(2), 0],
  ["in its place, of several that say the same", [after(1), after(1)], 1, after(1), 1],
  ["the first of several that say the same", [after(1), after(1)], 2, after(1), 0],
  ["edited where it stands", [after(1), after(3)], 1, after(2), 1],
  ["gone", [after(1)], 1, after(2), null],
  ["one of an order that does not say what it is about", [after(1), after(2)], 1, undefined, 1],
  ["none at all", [], 0, after(1), null],
] as const)("deadlinePlace() finds one that is %s", (_, deadlines, index, wanted, expected) => {
  expect(deadlinePlace(deadlines, index, wanted)).toBe(expected);
});

test("deadlinePlace() reads what it says, not how it is written", () => {
  const written: DeadlineSpec = { intervalMs: 60_000, reference: { type: "queued_at" } };
  expect(deadlinePlace([after(2), after(1)], 0, written)).toBe(1);
});
