/** Throws when an invariant of our own code does not hold. Nobody catches it but the outermost edge. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: ${message}`);
}
