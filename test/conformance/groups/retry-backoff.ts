/** The delay before the next try: exact, or within the range that the jitter may take it to. */
import { z } from "zod";
import { retryDelayMs } from "../../../src/engine/retry-delay.ts";
import { assert } from "../../../src/lib/assert.ts";
import { expectSame, group, PASSED } from "../group.ts";

const seconds = z.number().min(0);

const retryCase = z
  .strictObject({
    id: z.string().optional(),
    airflow_test: z.string().optional(),
    note: z.string().optional(),
    delay_s: seconds,
    /** Airflow's `true` is a doubling. */
    multiplier: z.union([z.number(), z.boolean().transform((isOn) => (isOn ? 2 : 0))]),
    max_delay_s: seconds.nullish(),
    try: z.number().int().min(0),
    expect_range_s: z.tuple([seconds, seconds]).optional(),
    expect_s: seconds.optional(),
  })
  .refine((one) => (one.expect_s === undefined) !== (one.expect_range_s === undefined), {
    error: "one of expect_s and expect_range_s is expected",
  });

const LOGICAL_AT = Date.UTC(2016, 0, 1);
const DAY_MS = 86_400_000;

export const retryBackoff = group<z.infer<typeof retryCase>>({
  shape: retryCase,
  id: (one) => one.id ?? `${one.airflow_test ?? "exact"} ${one.delay_s} s × ${one.multiplier}, try ${one.try}`,
  check(one) {
    const policy = {
      retryDelayMs: one.delay_s * 1_000,
      retryExponentialBackoff: one.multiplier,
      maxRetryDelayMs: one.max_delay_s == null ? null : one.max_delay_s * 1_000,
    };
    const delayAt = (logicalAt: number) =>
      retryDelayMs(policy, { dagId: "d", taskId: "t", logicalAt, tryNumber: one.try }) / 1_000;
    if (one.expect_s !== undefined) expectSame(delayAt(LOGICAL_AT), one.expect_s);
    const [least, most] = one.expect_range_s ?? [0, Number.POSITIVE_INFINITY];
    // The jitter comes from the logical date: a range must hold for many.
    for (let day = 0; day < 100; day += 1) {
      const delay = delayAt(LOGICAL_AT + day * DAY_MS);
      assert(delay >= least && delay <= most, `found ${delay} s, expected ${least} to ${most} s`);
    }
    return PASSED;
  },
});
