/**
 * Instances of mapped tasks as their length becomes known or changes. Cases that give lengths alone are put to the engine;
 * those with words beside them have tests by hand.
 */
import { z } from "zod";
import { statesAfterExpansion, statesAfterResize } from "../by-hand/expansion.ts";
import { byHand, HAND_TESTS } from "../by-hand.ts";
import { expectSame, group, PASSED, UnknownShape } from "../group.ts";

const states = z.record(z.string().regex(/^-?\d+$/), z.enum(["success", "skipped", "removed"]).nullable());
const name = { airflow_test: z.string(), note: z.string().optional() };
const length = z.number().int().min(0).max(10_000);

const resized = z.strictObject({
  ...name,
  before: z.array(length).min(1),
  new_len: length,
  after: z.literal("verify_integrity").optional(),
  expect: states,
});
const expanded = z.strictObject({ ...name, upstream_len: length, expect: states });
const told = z.strictObject({
  ...name,
  before: z.array(length).optional(),
  new: z.string().optional(),
  new_len: length.optional(),
  upstream_len: length.optional(),
  existing: z.string().optional(),
  after: z.string().optional(),
  expect: states,
});
type Told = z.infer<typeof told>;

export const mappedExpansion = group<Told>({
  shape: told,
  id: (one) => one.airflow_test,
  check(one) {
    if (HAND_TESTS["mapped_expansion"]?.[one.airflow_test] !== undefined) {
      return byHand("mapped_expansion", one.airflow_test, one);
    }
    const resize = resized.safeParse(one);
    const expansion = expanded.safeParse(one);
    if (resize.success) {
      const { before, new_len: after, expect } = resize.data;
      expectSame(statesAfterResize(before.length, after), expect, "instances");
    } else if (expansion.success) {
      expectSame(statesAfterExpansion(expansion.data.upstream_len), expansion.data.expect, "instances");
    } else {
      throw new UnknownShape(`told in words, and there is no test by hand of "${one.airflow_test}"`);
    }
    return PASSED;
  },
});
