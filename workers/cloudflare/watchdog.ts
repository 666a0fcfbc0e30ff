/**
 * The cron trigger's work, every minute: pokes the DAGs whose wake-up is overdue, and one sixtieth of all. A scheduler
 * lives on its alarm; this is for the alarm that got lost.
 */

import { readTogether } from "../../src/catalog/port.ts";
import { emptyProjection } from "../../src/catalog/projection.ts";
import { dags } from "../../src/catalog/sql/dags.ts";
import { writeProjection } from "../../src/catalog/write-projection.ts";
import type { DagId } from "../../src/dag/ids.ts";
import type { Platform } from "../../src/platform.ts";

const OVERDUE_MS = 90_000;
const MAX_POKES = 500;
const PARALLEL = 20;

export async function watch(platform: Platform, scheduledAt: number): Promise<void> {
  const [overdue, slice] = await readTogether(platform.catalog, [
    dags.overdue({ before: scheduledAt - OVERDUE_MS, limit: MAX_POKES }),
    dags.slice(Math.floor(scheduledAt / 60_000)),
  ]);
  const wanted = new Set<DagId>([...overdue.map(({ dagId }) => dagId), ...slice]);
  const queue = wanted.values();
  let failed = 0;
  // A scheduler that cannot write to the catalog cannot tell it so either.
  let behindSinceAt: number | null = null;
  const worker = async (): Promise<void> => {
    for (const dagId of queue) {
      try {
        const { behindSinceAt: sinceAt } = await platform.schedulers.get(dagId).poke();
        if (sinceAt !== null) behindSinceAt = Math.min(behindSinceAt ?? sinceAt, sinceAt);
      } catch (error) {
        failed += 1;
        console.error(JSON.stringify({ event: "poke_failed", dagId, error: String(error) }));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, wanted.size) }, worker));
  const now = platform.clock.now();
  const job = {
    jobId: "watchdog",
    jobType: "WatchdogJob",
    dagId: null,
    state: "running",
    startAt: now,
    endAt: null,
    latestHeartbeatAt: now,
    extra: JSON.stringify({ overdue: overdue.length, poked: wanted.size, failed, behindSinceAt }),
  } as const;
  await writeProjection(platform.catalog, { ...emptyProjection(), jobs: [job] }, now);
}
