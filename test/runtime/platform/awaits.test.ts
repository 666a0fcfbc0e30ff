/**
 * A Durable Object runs one thing at a time, but not one call at a time. The scheduler leans on it: nothing is awaited
 * between reading and writing (src/scheduler/scheduler-object.ts), and what goes on after a reply is handed to `waitUntil`.
 */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ProbeEnv } from "./probe.ts";

const { PROBE } = env as unknown as ProbeEnv;

test("calls come in between while another one waits for something outside: never read, await and write", async () => {
  const probe = PROBE.getByName("across");
  const depths = await Promise.all([1, 2, 3].map(() => probe.across("elsewhere")));
  expect(Math.max(...depths)).toBeGreaterThan(1);
});

test("calls that await nothing never come in between each other", async () => {
  const probe = PROBE.getByName("together");
  const counts = await Promise.all([1, 2, 3, 4, 5].map((number) => probe.note(String(number))));
  expect(counts.toSorted()).toEqual([1, 2, 3, 4, 5]);
});

test("work handed to waitUntil goes on after the reply has left", async () => {
  const probe = PROBE.getByName("later");
  await probe.noteLater("late");
  await probe.until(1);
  expect(await probe.notes()).toEqual(["late"]);
});
