/**
 * Two objects live through the same: one is lost before every call, the other never. Whatever users do to runs and backfills
 * of a DAG that depends on its past, both decide the same. What the rows do not say, or memory does not forget, shows here.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DagSpec } from "../../src/dag/spec.ts";
import type { TryOutcome } from "../../src/executor/protocol.ts";
import { graphOf, overItems, spec } from "../fixtures/engine-world.ts";
import { SchedulerWorld, select, tester } from "../fixtures/scheduler-world.ts";

const HOUR_MS = 3_600_000;
const day = (of: number) => Date.UTC(2021, 0, of);
const failure: TryOutcome = {
  type: "failed",
  error: { name: "Error", message: "no", stack: null, causes: [] },
  retry: { type: "allowed" },
  reason: null,
};
const success: TryOutcome = { type: "success", returnValue: null };

const dags = fc
  .record({
    catchup: fc.boolean(),
    waitForDownstream: fc.boolean(),
    maxActiveRuns: fc.integer({ min: 1, max: 4 }),
    maxActiveTasks: fc.constantFrom(1, 16),
    // What is of a pool that nobody made waits.
    pool: fc.constantFrom("default_pool", "default_pool", "unmade"),
  })
  .map(({ waitForDownstream, pool, ...rest }): DagSpec => {
    const tasks = graphOf("a>b", {
      a: { dependsOnPast: true, retries: 1, retryDelayMs: 60_000 },
      b: { mapped: overItems(2), pool, ...(waitForDownstream && { waitForDownstream }) },
    });
    const schedule = { type: "cron", expression: "0 */6 * * *", timezone: "UTC", dataInterval: true } as const;
    return spec({ tasks, schedule, startAt: day(10), ...rest });
  });

/** `at` picks a run or a date, `choice` what is done to it. */
interface Deed {
  readonly what: "work" | "trigger" | "backfill" | "delete" | "clear" | "mark_run" | "mark_task" | "change" | "wait";
  readonly at: number;
  readonly choice: number;
}
const deeds = fc.array(
  fc.record<Deed>({
    what: fc.constantFrom(
      "work",
      "work",
      "work",
      "trigger",
      "backfill",
      "delete",
      "clear",
      "mark_run",
      "mark_task",
      "change",
      "wait",
    ),
    at: fc.nat(999),
    choice: fc.nat(11),
  }),
  { minLength: 5, maxLength: 25 },
);

/** Claims all that waits, in an order that does not depend on which object sent it, and fails some of it. */
async function work(world: SchedulerWorld, salt: number): Promise<void> {
  const nameOf = ({ runId, taskId, mapIndex }: { runId: string; taskId: string; mapIndex: number }) =>
    `${runId} ${taskId} ${mapIndex}`;
  const byName = (a: Parameters<typeof nameOf>[0], b: Parameters<typeof nameOf>[0]) => (nameOf(a) < nameOf(b) ? -1 : 1);
  for (let round = 0; round < 3; round += 1) {
    await world.settle();
    const invocation = `i${world.now}-${round}`;
    const { grants } = await world.claim(invocation, world.messages.splice(0).sort(byName));
    for (const grant of [...grants].sort(byName)) {
      const sum = [...nameOf(grant)].reduce((total, letter) => total + letter.charCodeAt(0), salt);
      await world.report(grant, sum % 3 === 0 ? failure : success, { invocation });
    }
  }
}

/** One after the other: time passes while a user waits for the answer. */
async function live(world: SchedulerWorld, deed: Deed, runs: readonly string[]): Promise<void> {
  if (deed.what === "work") await work(world, deed.choice);
  if (deed.what === "wait") await world.pass(deed.choice * HOUR_MS);
  const reply = act(world, deed, runs);
  await world.pass(15_000);
  await reply;
}

function act(world: SchedulerWorld, { what, at, choice }: Deed, runs: readonly string[]): Promise<unknown> | null {
  const { scheduler, sql } = world;
  const runId = runs[at % Math.max(1, runs.length)] ?? "none";
  switch (what) {
    case "trigger": {
      const logicalAt = day(10) + (at % 72) * HOUR_MS;
      const rest = { conf: {}, note: null, idempotencyKey: null, bodyHash: null, actor: tester };
      return scheduler.trigger({ runId: `m${at}`, logicalAt, ...rest });
    }
    case "backfill": {
      const reprocess = choice % 2 === 0 ? "failed" : "completed";
      const range = { fromAt: day(8) + (at % 40) * HOUR_MS, toAt: day(11), isReverse: false };
      return scheduler.createBackfill({
        ...range,
        reprocess,
        maxActiveRuns: 1 + (choice % 3),
        conf: {},
        actor: tester,
      });
    }
    case "delete":
      return scheduler.deleteRun(runId, tester);
    case "clear":
      return world.clear(runId, choice % 2 === 0 ? null : ["a"]);
    case "mark_run":
      return scheduler.markRun(runId, choice % 2 === 0 ? "failed" : "success", tester);
    case "mark_task": {
      const selection = select({ runId, tasks: [choice % 2 === 0 ? "a" : "b"] });
      return scheduler.markTaskInstances(selection, choice % 3 === 0 ? "failed" : "success", { dryRun: false }, tester);
    }
    case "change": {
      const [backfill] = sql.exec("SELECT id FROM backfill ORDER BY id DESC LIMIT 1");
      const change = (["pause", "unpause", "cancel"] as const)[choice % 3] ?? "cancel";
      return scheduler.changeBackfill(Number(backfill?.["id"] ?? 0), change, tester);
    }
    default:
      return null;
  }
}

/** Of each task instance that something holds, what the catalog shows. */
async function waitingIn({ sql, scheduler, taskInstances }: SchedulerWorld): Promise<readonly (readonly string[])[]> {
  const found: string[][] = [];
  for (const { run_id: runId } of sql.exec("SELECT run_id FROM dag_run WHERE state = 'running'")) {
    const page = await scheduler.taskInstances(String(runId), { limit: 100, states: ["scheduled"] });
    for (const { taskId, mapIndex, state, reason } of page?.rows ?? []) {
      const shown = taskInstances.get(`${runId} ${taskId} ${mapIndex}`);
      if (reason !== null) found.push([`${runId} ${taskId} ${mapIndex}`, state, `${shown?.state}`]);
    }
  }
  return found;
}

/** All that was decided. */
async function shownBy({ sql, scheduler }: SchedulerWorld): Promise<readonly string[]> {
  const shown: string[] = [];
  for (const row of sql.exec("SELECT run_id, state, reason, run_type, clear_number FROM dag_run ORDER BY run_id")) {
    const page = await scheduler.taskInstances(String(row["run_id"]), { limit: 100 });
    const states = page?.rows.map((one) => `${one.taskId}[${one.mapIndex}] ${one.state} ${one.tryNumber}`) ?? [];
    shown.push(`${Object.values(row).join(" ")}: ${states.join(", ")}`);
  }
  const backfills = sql.exec("SELECT is_paused, completed_at IS NULL AS is_open FROM backfill ORDER BY id");
  return [...shown, ...backfills.map((row) => `backfill ${Object.values(row).join(" ")}`)];
}

test("[W5] starts of the object change nothing of what users do to runs and backfills", {
  timeout: 120_000,
}, async () => {
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(dags, deeds, async (dag, done) => {
      const steady = new SchedulerWorld({ now: day(12) });
      const lost = new SchedulerWorld({ now: day(12) });
      for (const world of [steady, lost]) await world.sync(dag);
      for (const deed of done) {
        const runs = steady.sql.exec("SELECT run_id FROM dag_run ORDER BY run_id").map((row) => String(row["run_id"]));
        for (const world of [steady, lost]) {
          await world.pass(2_000);
          if (world === lost) world.restart();
          await world.scheduler.poke();
          await live(world, deed, runs);
          const waiting = await waitingIn(world);
          expect(waiting.map(([key, , shown]) => [key, shown])).toEqual(waiting.map(([key, state]) => [key, state]));
          seen += waiting.length;
        }
        expect(await shownBy(lost)).toEqual(await shownBy(steady));
      }
    }),
    { numRuns: 30 },
  );
  expect(seen).toBeGreaterThan(100);
});
