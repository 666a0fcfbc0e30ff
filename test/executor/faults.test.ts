import { expect, test } from "vitest";
import { runBatch } from "../../src/executor/run-batch.ts";
import { FakeDelivery, type FakePorts, fakePorts } from "./fake-ports.ts";
import { FakeScheduler, type FakeTask } from "./fake-scheduler.ts";

/** Numbers from 0 to 1 that are the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomTasks(random: () => number): readonly FakeTask[] {
  return Array.from({ length: 1 + Math.floor(random() * 30) }, (_, index) => ({
    taskId: `t${index}`,
    after: Array.from({ length: index }, (_, earlier) => `t${earlier}`).filter(() => random() < 2 / (index + 1)),
  }));
}

/** Runs a random DAG to its end: deliveries are repeated, calls fail before or after they were applied, tasks take their time. */
async function runWithFaults(seed: number): Promise<{
  readonly scheduler: FakeScheduler;
  readonly ports: FakePorts;
  readonly calls: ReadonlyMap<string, number>;
  readonly tasks: readonly FakeTask[];
}> {
  const random = randomOf(seed);
  const tasks = randomTasks(random);
  const scheduler = new FakeScheduler("faulty", tasks);
  const calls = new Map<string, number>();
  const functions = Object.fromEntries(
    tasks.map(({ taskId }) => [
      taskId,
      async () => {
        calls.set(taskId, (calls.get(taskId) ?? 0) + 1);
        if (random() < 0.7) await ports.timer.sleep(random() * 20_000);
      },
    ]),
  );
  const ports = fakePorts([scheduler], functions);
  scheduler.onReport = async () => {
    if (random() < 0.3) scheduler.lose += 1;
    if (random() < 0.3) scheduler.fail += Math.ceil(random() * 3);
  };
  const running: Promise<void>[] = [];
  for (let round = 0; round < 50 && scheduler.committed.size < tasks.length; round++) {
    const copies = random() < 0.5 ? [0, 1] : [0];
    const deliveries = scheduler.messages().flatMap((message) => copies.map(() => new FakeDelivery(message)));
    const cut = Math.floor(random() * deliveries.length);
    for (const part of [deliveries.slice(0, cut), deliveries.slice(cut)]) {
      running.push(runBatch(ports, { channel: "tasks", deliveries: part }).finished);
    }
    await ports.timer.advance(15_000);
  }
  await ports.timer.advance(15 * 60_000);
  await Promise.all(running);
  return { scheduler, ports, calls, tasks };
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))(
  "seed %i: every task is called once and its result is committed, whatever calls are lost or repeated",
  async (seed) => {
    const { scheduler, ports, calls, tasks } = await runWithFaults(seed);
    expect([...scheduler.committed.keys()].sort()).toEqual(tasks.map(({ taskId }) => taskId).sort());
    expect([...calls.values()].every((count) => count === 1)).toBe(true);
    expect(ports.problems).toEqual([]);
    expect(ports.timer.pendingCount).toBe(0);
  },
);
