/** Whatever messages do, whoever dies and whenever the object starts anew: each callback comes to one end, and no run notices. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { CallbackGrant, CallbackMessage, TaskError } from "../../src/executor/protocol.ts";
import { spec, task } from "../fixtures/engine-world.ts";
import { SchedulerWorld } from "../fixtures/scheduler-world.ts";

const error: TaskError = { name: "Error", message: "no", stack: null, causes: [] };

const action = fc.oneof(
  fc.record({ type: fc.constant("claim" as const), by: fc.nat(2), message: fc.nat(9) }),
  fc.record({ type: fc.constant("report" as const), by: fc.nat(2), grant: fc.nat(9), isSuccess: fc.boolean() }),
  fc.record({ type: fc.constant("heartbeat" as const), by: fc.nat(2) }),
  fc.record({ type: fc.constant("pass" as const), ms: fc.constantFrom(1_000, 12_000, 61_000, 95_000, 1_000_000) }),
  fc.constant({ type: "restart" } as const),
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** A run that has failed in all ways that leave a callback behind. */
async function failedWorld(): Promise<SchedulerWorld> {
  const world = new SchedulerWorld();
  await world.sync(
    spec({
      tasks: [task("a", { callbacks: ["failure"] }), task("b", { callbacks: ["failure"] })],
      callbacks: ["failure"],
      deadlines: [{ reference: { type: "queued_at" }, intervalMs: 60_000 }],
    }),
  );
  await world.trigger();
  const [first, ...others] = world.messages.splice(0);
  for (const messages of [first === undefined ? [] : [first], others]) {
    const invocation = `lost ${messages[0]?.taskId}`;
    const { grants } = await world.claim(invocation, messages);
    const tokens = grants.map(({ token }) => token);
    await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation, tokens });
  }
  await world.pass(95_000);
  return world;
}

async function play(
  world: SchedulerWorld,
  one: Action,
  known: { readonly messages: CallbackMessage[]; readonly grants: CallbackGrant[] },
): Promise<void> {
  known.messages.push(...world.callbackMessages.splice(0));
  switch (one.type) {
    case "claim": {
      const message = known.messages.at(one.message % Math.max(1, known.messages.length));
      if (message === undefined) return;
      known.grants.push(...((await world.claimCallbacks(`i${one.by}`, [message])).callbacks ?? []));
      return;
    }
    case "report": {
      const grant = known.grants.at(one.grant % Math.max(1, known.grants.length));
      if (grant === undefined) return;
      await world.reportCallback(grant, one.isSuccess ? { type: "success" } : { type: "failed", error }, `i${one.by}`);
      return;
    }
    case "heartbeat": {
      const tokens = known.grants.map(({ token }) => token);
      await world.scheduler.heartbeat({ v: 1, dagId: world.dagId, invocation: `i${one.by}`, tokens });
      return;
    }
    case "pass":
      await world.pass(one.ms);
      return;
    case "restart":
      world.restart();
  }
}

test("[K3] [K4] [K6] every callback ends once, after three attempts at most, and changes no run", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const world = await failedWorld();
      const runs = () => world.sql.exec("SELECT * FROM dag_run");
      const instances = () => world.sql.exec("SELECT * FROM task_instance");
      const rows = () => world.sql.exec("SELECT * FROM callback ORDER BY id");
      const [runsBefore, instancesBefore] = [runs().map(({ is_settled, ...row }) => row), instances()];
      expect(rows()).toHaveLength(4);
      const known = { messages: [], grants: [] };
      let before = rows();
      for (const one of actions) {
        await play(world, one, known);
        const after = rows();
        for (const [index, row] of after.entries()) {
          expect(Number(row["attempt_count"])).toBeLessThanOrEqual(3);
          expect(Number(row["attempt_count"])).toBeGreaterThanOrEqual(Number(before[index]?.["attempt_count"]));
          if (before[index]?.["end_at"] !== null) expect(row).toEqual(before[index]);
        }
        before = after;
      }
      // Left alone with executors that work, or none for a day, all of them come to an end.
      for (let round = 0; round < 3; round += 1) {
        await world.pass(1_000_000);
        for (const grant of (await world.claimCallbacks("last")).callbacks ?? []) {
          await world.reportCallback(grant, { type: "success" }, "last");
        }
      }
      expect(rows().map((row) => row["end_at"])).not.toContain(null);
      expect(runs().map(({ is_settled, ...row }) => row)).toEqual(runsBefore);
      expect(instances()).toEqual(instancesBefore);
      await world.pass(1_000);
      expect([...world.callbacks.values()].map(({ state }) => state).sort()).toEqual(
        rows()
          .map((row) => row["state"])
          .sort(),
      );
    }),
    { numRuns: 60 },
  );
});
