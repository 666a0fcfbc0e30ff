/**
 * What a group of conformance cases is: the shape its cases must have, and how one case is put to the engine. A group does
 * not decide anything that the engine decides; it only translates.
 */
import { deepStrictEqual } from "node:assert";
import { z } from "zod";

/** Edges of a DAG, such as `a>b>c`; a task alone stands by itself. */
export const edge = z.string().regex(/^[\w.-]+(>[\w.-]+)*$/, "expected edges such as a>b>c");

/** What was found of one case. A mismatch is thrown. */
export type Finding =
  | { readonly type: "passed" }
  /** The case is told in words; a test by hand of its name was run. */
  | { readonly type: "by_hand" };

export const PASSED: Finding = { type: "passed" };

export interface Group<Case = unknown> {
  readonly shape: z.ZodType<Case>;
  /** A name that tells the case from the others of its group, in any file. */
  id(one: Case): string;
  check(one: Case): Finding | Promise<Finding>;
}

/** Keeps the type of the case within the group's own file. */
export function group<Case>(made: Group<Case>): Group {
  return made as Group;
}

/** Throws with both sides on one line each, so that a report of many cases stays readable. */
export function expectSame(found: unknown, expected: unknown, what = "found"): void {
  try {
    deepStrictEqual(found, expected);
  } catch {
    throw new Error(`${what} ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }
}

/** A case with words that no test by hand is written for: a shape that is not known. */
export class UnknownShape extends Error {
  constructor(what: string) {
    super(`unknown shape: ${what}`);
  }
}
