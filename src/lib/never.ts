/** Ends a `switch` over a union: the compiler rejects a call that can still be reached. */
export function never(value: never): never {
  throw new Error(`Assertion failed: unexpected value ${JSON.stringify(value)}`);
}
