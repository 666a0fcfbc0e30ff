import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FailedTry, type RetryPolicy, retryDelayMs } from "../../src/engine/retry-delay.ts";
import vectors from "../fixtures/airflow.vectors.json" with { type: "json" };

const dayMs = 86_400_000;

function policy(given: Partial<RetryPolicy> = {}): RetryPolicy {
  return { retryDelayMs: 30_000, retryExponentialBackoff: 2, maxRetryDelayMs: null, ...given };
}

function failed(given: Partial<FailedTry> = {}): FailedTry {
  return { dagId: "d", taskId: "t", logicalAt: Date.UTC(2016, 0, 1), tryNumber: 1, ...given };
}

interface Case {
  readonly delay_s: number;
  readonly multiplier: number;
  readonly max_delay_s?: number | null;
  readonly try: number;
  readonly expect_s?: number;
  readonly expect_range_s?: readonly number[];
}

describe("retryDelayMs()", () => {
  test.each(vectors.retry_backoff as readonly Case[])("agrees with Airflow: %j", (given) => {
    const limit = given.max_delay_s ?? null;
    const delayMs = retryDelayMs(
      policy({
        retryDelayMs: given.delay_s * 1_000,
        retryExponentialBackoff: given.multiplier,
        maxRetryDelayMs: limit === null ? null : limit * 1_000,
      }),
      failed({ tryNumber: given.try }),
    );
    const [low = given.expect_s ?? 0, high = given.expect_s ?? 0] = given.expect_range_s ?? [];
    expect(delayMs).toBeGreaterThanOrEqual(low * 1_000);
    expect(delayMs).toBeLessThanOrEqual(high * 1_000);
  });

  test.each([0, 1, -1])(
    "is the fixed delay with a multiplier of %d, whatever the maximum",
    (retryExponentialBackoff) => {
      const given = policy({ retryDelayMs: 1_234, retryExponentialBackoff, maxRetryDelayMs: 1 });
      expect(retryDelayMs(given, failed({ tryNumber: 9 }))).toBe(1_234);
    },
  );

  test("is at most a day, however often a task failed", () => {
    expect(retryDelayMs(policy(), failed({ tryNumber: 5_000 }))).toBe(dayMs);
  });

  test("is at least the delay, grown, and less than twice that", () => {
    const fields = {
      seconds: fc.integer({ min: 1, max: 600 }),
      tryNumber: fc.integer({ min: 1, max: 6 }),
      id: fc.string(),
    };
    fc.assert(
      fc.property(fc.record(fields), ({ seconds, tryNumber, id }) => {
        const delayMs = retryDelayMs(policy({ retryDelayMs: seconds * 1_000 }), failed({ taskId: id, tryNumber }));
        const base = seconds * 1_000 * 2 ** (tryNumber - 1);
        expect(delayMs).toBeGreaterThanOrEqual(base);
        expect(delayMs).toBeLessThan(2 * base);
      }),
    );
  });

  // Computed with Python's hashlib from "d#t#<logical date as Python prints it>#1".
  test.each([
    ["2016-01-01 00:00:00+00:00", Date.UTC(2016, 0, 1), 57_041_000],
    ["2016-01-01 12:30:15.123000+00:00", Date.UTC(2016, 0, 1, 12, 30, 15, 123), 44_199_000],
    ["None", null, 62_913_000],
  ])("is spread by the logical date %s", (_text, logicalAt, expected) => {
    expect(retryDelayMs(policy({ retryDelayMs: 40_000_000 }), failed({ logicalAt }))).toBe(expected);
  });
});
