import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Heap } from "../../src/lib/heap.ts";

function heapOf(values: readonly number[]): Heap<number> {
  const heap = new Heap<number>((a, b) => a < b);
  for (const value of values) heap.push(value);
  return heap;
}

function drain(heap: Heap<number>): number[] {
  const values: number[] = [];
  for (let next = heap.pop(); next !== undefined; next = heap.pop()) values.push(next);
  return values;
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

it("gives its entries back in order, whatever the order they came in", () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), (values) => {
      expect(drain(heapOf(values))).toEqual(sorted(values));
    }),
  );
});

it("retain() keeps the wanted entries in order", () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.nat(5), (values, divisor) => {
      const isKept = (value: number) => value % (divisor + 1) !== 0;
      const heap = heapOf(values);
      heap.retain(isKept);
      heap.push(7);
      expect(drain(heap)).toEqual(sorted([...values.filter(isKept), 7]));
    }),
  );
});

it("peek() shows what pop() would give, and an empty heap gives nothing", () => {
  const heap = heapOf([3, 1, 2]);
  expect([heap.peek(), heap.size]).toEqual([1, 3]);
  expect(drain(heap)).toEqual([1, 2, 3]);
  expect([heap.peek(), heap.pop(), heap.size]).toEqual([undefined, undefined, 0]);
});
