/**
 * One `transactionSync` holds a step's rows and its wake-up (src/scheduler/scheduler-object.ts `transact`): both are there
 * afterwards, or neither.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ProbeEnv } from "./probe.ts";

const { PROBE } = env as unknown as ProbeEnv;
const far = Date.now() + 3_600_000;

function fail(): never {
  throw new Error("on purpose");
}

test("an exception by itself rolls nothing back", async () => {
  const probe = PROBE.getByName("no transaction");
  await runInDurableObject(probe, (_, { storage }) => {
    const write = () => {
      storage.sql.exec("INSERT INTO note (text) VALUES ('a')");
      fail();
    };
    expect(write).toThrow("on purpose");
  });
  expect(await probe.notes()).toEqual(["a"]);
});

test("transactionSync rolls rows and alarm back together", async () => {
  const probe = PROBE.getByName("rolled back");
  await runInDurableObject(probe, async (_, { storage }) => {
    const write = () =>
      storage.transactionSync(() => {
        storage.sql.exec("INSERT INTO note (text) VALUES ('a')");
        void storage.setAlarm(far);
        fail();
      });
    expect(write).toThrow("on purpose");
    expect(await storage.getAlarm()).toBeNull();
  });
  expect(await probe.notes()).toEqual([]);
});

test("transactionSync keeps rows and alarm together, though the alarm is not awaited", async () => {
  const probe = PROBE.getByName("kept");
  await runInDurableObject(probe, async (_, { storage }) => {
    storage.transactionSync(() => {
      storage.sql.exec("INSERT INTO note (text) VALUES ('a')");
      void storage.setAlarm(far);
    });
    expect(await storage.getAlarm()).toBe(far);
  });
  expect(await probe.notes()).toEqual(["a"]);
});

test("an alarm that was moved in a transaction that fails is where it was before", async () => {
  const probe = PROBE.getByName("moved");
  await runInDurableObject(probe, async (_, { storage }) => {
    await storage.setAlarm(far);
    const move = () =>
      storage.transactionSync(() => {
        void storage.setAlarm(far - 1_000);
        fail();
      });
    expect(move).toThrow("on purpose");
    expect(await storage.getAlarm()).toBe(far);
  });
});

test("open transactions cannot be had: BEGIN and SAVEPOINT are refused", async () => {
  await runInDurableObject(PROBE.getByName("begin"), (_, { storage }) => {
    expect(() => storage.sql.exec("BEGIN")).toThrow();
    expect(() => storage.sql.exec("SAVEPOINT one")).toThrow();
  });
});
