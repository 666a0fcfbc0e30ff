/** Backfills of one DAG as one meets them: under way with a failure, paused, and completed. */
import type { DagRunState } from "../../src/engine/states.ts";
import type { FakePlatform } from "../api/fake-platform.ts";
import { dagId, makeBackfill, makeRun } from "../fixtures/projections.ts";

export const BACKFILLED = "export_parquet";
export const LIVE_BACKFILL = 4_103;
export const DONE_BACKFILL = 4_101;

const DAY = 86_400_000;

export async function addBackfillShowcase(platform: FakePlatform): Promise<void> {
  const common = { dagId: dagId(BACKFILLED), createdBy: "ada" };
  const { now } = platform;
  const span = (fromDays: number, toDays: number) => ({ fromAt: now - fromDays * DAY, toAt: now - toDays * DAY });
  const backfills = [
    makeBackfill({
      ...common,
      id: DONE_BACKFILL,
      ...span(90, 88),
      createdAt: now - 5 * DAY,
      completedAt: now - 4 * DAY,
    }),
    makeBackfill({
      ...common,
      dagId: dagId("earthquakes"),
      id: 4_102,
      ...span(40, 39),
      createdAt: now - 2 * DAY,
      isPaused: true,
      isReverse: true,
      reprocess: "failed",
      conf: { magnitude: 4.5 },
    }),
    makeBackfill({ ...common, id: LIVE_BACKFILL, ...span(60, 48), createdAt: now - 600_000, maxActiveRuns: 3 }),
  ];
  const states: readonly DagRunState[] = ["success", "success", "failed", "success", "running", "running", "queued"];
  const dagRuns = [
    ...states.map((state, place) => runOf(LIVE_BACKFILL, state, now - (60 - place) * DAY, now)),
    ...[0, 1].map((place) => runOf(DONE_BACKFILL, "success", now - (90 - place) * DAY, now)),
  ];
  for (const run of dagRuns) platform.scheduler(BACKFILLED).runs.set(run.runId, run);
  for (const backfill of backfills) platform.scheduler(backfill.dagId).backfills.set(backfill.id, backfill);
  await platform.project({ backfills, dagRuns });
}

function runOf(backfillId: number, state: DagRunState, logicalAt: number, now: number) {
  const startAt = state === "queued" ? null : now - 300_000;
  return makeRun({
    dagId: BACKFILLED,
    runId: `backfill__${new Date(logicalAt).toISOString().slice(0, 10)}`,
    runType: "backfill",
    backfillId,
    state,
    logicalAt,
    runAfterAt: logicalAt + DAY,
    queuedAt: now - 600_000,
    startAt,
    endAt: state === "success" || state === "failed" ? now - 240_000 : null,
    triggeredBy: "ada",
  });
}
