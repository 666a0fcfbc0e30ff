/**
 * The alarm is what a scheduler lives on (src/scheduler/scheduler-object.ts `armAlarm`, `alarm`). It is used up when it
 * fires, so every firing sets the next one in its own transaction, and errors are caught, since platform retries end.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ProbeEnv } from "./probe.ts";

const { PROBE } = env as unknown as ProbeEnv;

test("an alarm is used up when it fires: inside the handler there is none", async () => {
  const probe = PROBE.getByName("used up");
  await probe.plan(["return"]);
  await probe.until(1);
  expect(await probe.firings()).toEqual([{ step: "return", alarmInside: null, isRetry: false, retryCount: 0 }]);
  expect(await runInDurableObject(probe, (_, { storage }) => storage.getAlarm())).toBeNull();
});

test("an alarm whose handler throws fires again, and counts", async () => {
  const probe = PROBE.getByName("throws");
  await probe.plan(["throw", "return"]);
  await probe.until(2);
  expect(await probe.firings()).toMatchObject([
    { step: "throw", isRetry: false, retryCount: 0 },
    { step: "return", isRetry: true, retryCount: 1 },
  ]);
});

test("an alarm that was set before the handler throws takes the place of the retry", async () => {
  const probe = PROBE.getByName("sets and throws");
  await probe.plan(["set and throw", "return"]);
  await probe.until(2);
  expect((await probe.firings())[1]).toMatchObject({ step: "return", isRetry: false, retryCount: 0 });
});

test("an alarm in the past fires at once", async () => {
  const probe = PROBE.getByName("overdue");
  await probe.plan(["return"], -60_000);
  await probe.until(1);
  expect(await probe.firings()).toHaveLength(1);
});

test("there is one alarm: the later call wins, also with a later time", async () => {
  const probe = PROBE.getByName("one");
  const at = Date.now() + 3_600_000;
  await runInDurableObject(probe, async (_, { storage }) => {
    await storage.setAlarm(at);
    await storage.setAlarm(at + 1_000);
    expect(await storage.getAlarm()).toBe(at + 1_000);
  });
});

test("an alarm outlives the instance that set it, and starts another one", async () => {
  const probe = PROBE.getByName("outlives");
  const before = await probe.born();
  await probe.plan(["return"], 300);
  await evictDurableObject(probe);
  await probe.until(1);
  expect(await probe.born()).not.toBe(before);
  expect(await probe.firings()).toHaveLength(1);
});
