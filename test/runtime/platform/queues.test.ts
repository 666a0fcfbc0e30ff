/**
 * One place decides between `ack` and `retry` (src/executor/run-batch.ts), because the first call wins. And messages are cut
 * into sends that the platform takes (workers/cloudflare/task-queue.ts).
 */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ProbeEnv, ProbeMessage } from "./probe.ts";

const { PROBE, PROBE_QUEUE } = env as unknown as ProbeEnv;

async function send(...messages: readonly ProbeMessage[]): Promise<void> {
  await PROBE_QUEUE.sendBatch(messages.map((body) => ({ body, contentType: "json" as const })));
}

async function deliveriesOf(name: string, count: number): Promise<readonly string[]> {
  const probe = PROBE.getByName(name);
  await probe.until(count);
  return probe.notes();
}

test("a message that was put back first is delivered again, whatever is called after", async () => {
  await send({ name: "retry first", calls: ["retry", "ack"] });
  expect(await deliveriesOf("retry first", 2)).toEqual(["retry first 1", "retry first 2"]);
});

test("a message that was acknowledged first is not, whatever is called after", async () => {
  await send({ name: "ack first", calls: ["ack", "retry"] }, { name: "beside", calls: ["retry"] });
  // When the one beside it comes again, it would have come as well.
  expect(await deliveriesOf("beside", 2)).toEqual(["beside 1", "beside 2"]);
  expect(await PROBE.getByName("ack first").notes()).toEqual(["ack first 1"]);
});

test("a handler that throws has its messages delivered again", async () => {
  await send({ name: "thrown", calls: ["throw"] });
  expect(await deliveriesOf("thrown", 2)).toEqual(["thrown 1", "thrown 2"]);
});

test("a send takes 100 messages, and refuses more", async () => {
  const messages = Array.from({ length: 101 }, () => ({ name: "many", calls: ["ack"] }) as const);
  await send(...messages.slice(1));
  await expect(send(...messages)).rejects.toThrow();
});

test("a send refuses a message of more than 128 KB, and 256 KB in all", async () => {
  const large = (length: number): ProbeMessage => ({ name: "x".repeat(length), calls: ["ack"] });
  await expect(send(large(129_000))).rejects.toThrow();
  await expect(send(large(100_000), large(100_000), large(100_000))).rejects.toThrow();
});
