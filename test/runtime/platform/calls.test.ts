/**
 * Calls between objects carry plain data (workers/cloudflare/schedulers.ts): values instead of exceptions, a new stub after a
 * failure, and no more than 8 MB by our own limits.
 */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { failureOf, type ProbeEnv, ProbeError } from "./probe.ts";

const { PROBE } = env as unknown as ProbeEnv;

test("an error loses its class on the way, and keeps its message and its fields", async () => {
  const error = await failureOf(() => PROBE.getByName("throws").throwError());
  expect(error).toBeInstanceOf(Error);
  expect(error).not.toBeInstanceOf(ProbeError);
  // The fields come since compatibility date 2026-04-21; `overloaded` and `retryable` are read that way.
  expect(error).toMatchObject({ message: expect.stringContaining("on purpose"), code: 42 });
});

test("8 MB pass in both directions", async () => {
  const text = "x".repeat(8_000_000);
  expect((await PROBE.getByName("large").echo(text)).length).toBe(text.length);
});

test("more than 32 MB do not", async () => {
  expect(await failureOf(() => PROBE.getByName("too large").echo("x".repeat(34_000_000)))).not.toBeNull();
});

test("plain data comes back as it was, without what is undefined being lost or made null", async () => {
  const data = { number: 1.5, text: "é", nothing: null, missing: undefined, list: [1, [2]], at: new Date(0) };
  expect(await PROBE.getByName("plain").echoData(data)).toMatchObject(data);
});

test("a name means one object, whoever asks for it and when", async () => {
  const [first, second] = await Promise.all([PROBE.getByName("same").born(), PROBE.getByName("same").born()]);
  expect(first).toBe(second);
  expect(await PROBE.getByName("other").born()).not.toBe(first);
});
