/** What a backfill makes of the dates of its range, by the runs that are there already. Through the scheduler itself. */
import { z } from "zod";
import { REPROCESS_BEHAVIORS } from "../../../src/platform.ts";
import { graphOf, spec } from "../../fixtures/engine-dag.ts";
import { SchedulerWorld, tester } from "../../fixtures/scheduler-world.ts";
import { expectSame, group, PASSED } from "../group.ts";

const date = z.iso.date();
const skipReason = z.enum(["already exists", "in flight"]);
const existingState = z.enum(["success", "failed", "running", "queued"]);

const reprocessCase = z.strictObject({
  id: z.string().optional(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  range: z.tuple([date, date]),
  schedule: z.string(),
  existing: z.record(date, existingState),
  behavior: z.enum(REPROCESS_BEHAVIORS),
  expect_runs: z.number().int(),
  skipped: z.record(date, skipReason),
});
type ReprocessCase = z.infer<typeof reprocessCase>;

const day = (at: number) => new Date(at).toISOString().slice(0, 10);

export const backfillReprocess = group<ReprocessCase>({
  shape: reprocessCase,
  id: (one) => one.id ?? `${one.range.join("..")} ${one.behavior}`,
  async check(one) {
    const schedule = { type: "cron", expression: one.schedule, timezone: "UTC", dataInterval: true } as const;
    const world = new SchedulerWorld({ now: Date.parse(one.range[1]) + 30 * 86_400_000 });
    await world.sync(spec({ tasks: graphOf("a"), schedule, startAt: world.now, maxActiveRuns: 100 }));
    for (const [at, state] of Object.entries(one.existing)) await makeRun(world, at, state);
    const existing = new Set(world.dagRuns.keys());
    const [fromAt, toAt] = one.range.map((text) => Date.parse(text)) as [number, number];
    const isLive = (state: string) => state === "running" || state === "queued";
    const wasLive = Object.keys(one.existing).filter((at) => isLive(one.existing[at] ?? ""));
    const request = {
      fromAt,
      toAt,
      isReverse: false,
      reprocess: one.behavior,
      maxActiveRuns: 1,
      conf: {},
      actor: tester,
    };
    const preview = await world.scheduler.previewBackfill(request);
    const made = await world.backfill(request);
    if (!preview.ok || !made.ok) throw new Error(`refused: ${JSON.stringify([preview, made])}`);
    const skipped = preview.dates.flatMap(({ logicalAt, skipped: why }) =>
      why === null ? [] : [[day(logicalAt), why]],
    );
    expectSame(Object.fromEntries(skipped), one.skipped, "skipped");
    const runs = [...world.dagRuns.values()].filter(({ runType }) => runType === "backfill");
    expectSame(runs.length, one.expect_runs, "runs of the backfill");
    // Runs that live go on as what they are, and re-processed ones keep their ids.
    const kept = [...world.dagRuns.values()].filter(({ runId }) => existing.has(runId));
    expectSame(kept.length, existing.size, "existing runs");
    for (const at of wasLive) {
      const live = kept.find(({ logicalAt }) => day(logicalAt ?? 0) === at);
      expectSame(live?.runType, "manual", `type of the run of ${at}`);
    }
    // All but the one that its limit lets start wait.
    expectSame(
      runs.filter(({ state }) => state === "queued").length,
      one.expect_runs - 1,
      "queued runs of the backfill",
    );
    return PASSED;
  },
});

async function makeRun(world: SchedulerWorld, at: string, state: z.infer<typeof existingState>): Promise<void> {
  if (state === "queued") throw new Error("unknown shape: a queued run beside those that run");
  const reply = await world.trigger({ runId: `existing ${at}`.replace(" ", "_"), logicalAt: Date.parse(at) });
  if (!reply.ok) throw new Error(reply.message);
  if (state === "running") return;
  const { grants } = await world.claim();
  for (const grant of grants) {
    const error = { name: "Error", message: "no", stack: null, causes: [] };
    await world.report(
      grant,
      state === "success"
        ? { type: "success", returnValue: null }
        : { type: "failed", error, retry: { type: "forbidden" }, reason: null },
    );
  }
  await world.pass(1_000);
}
