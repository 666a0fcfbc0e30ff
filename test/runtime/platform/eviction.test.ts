/**
 * Memory is a cache (STYLE, Durable Object rules): the platform drops it at any time, and only storage stays. Leases, the
 * last replies and everything else that a scheduler keeps in fields are written for that.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { failureOf, type ProbeEnv } from "./probe.ts";

const { PROBE } = env as unknown as ProbeEnv;

test("an eviction loses the fields and keeps the rows", async () => {
  const probe = PROBE.getByName("evicted");
  const before = await probe.born();
  await probe.note("kept");
  await runInDurableObject(probe, (instance) => {
    instance.memory = 7;
  });
  await evictDurableObject(probe);
  expect(await runInDurableObject(probe, (instance) => instance.memory)).toBe(0);
  expect(await probe.born()).not.toBe(before);
  expect(await probe.notes()).toEqual(["kept"]);
});

test("an object knows its name, also when nobody called it by it in this life", async () => {
  const probe = PROBE.getByName("named so");
  expect(await probe.ownName()).toBe("named so");
  await evictDurableObject(probe);
  expect(await probe.ownName()).toBe("named so");
});

test("abort ends the instance with its calls; what was written stays, and the next stub meets a new one", async () => {
  const probe = PROBE.getByName("aborted");
  const before = await probe.born();
  await probe.note("kept");
  expect(await failureOf(() => probe.end())).not.toBeNull();
  const again = PROBE.getByName("aborted");
  expect(await again.born()).not.toBe(before);
  expect(await again.notes()).toEqual(["kept"]);
});

test("deleteAll takes the rows, the tables and the alarm", async () => {
  const left = await runInDurableObject(PROBE.getByName("emptied"), async (_, { storage }) => {
    storage.sql.exec("INSERT INTO note (text) VALUES ('a')");
    await storage.setAlarm(Date.now() + 3_600_000);
    await storage.deleteAll();
    const names = storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray();
    return { names, alarm: await storage.getAlarm() };
  });
  // `deleteDag` empties an object for good (src/scheduler/operator.ts), and its alarm must not bring it back.
  expect(left).toEqual({ names: [], alarm: null });
});
