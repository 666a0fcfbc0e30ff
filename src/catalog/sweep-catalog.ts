/**
 * The hourly cleaning: what was deleted, ended or grew old goes, chunk by chunk, so that no statement holds the database
 * for long. It is safe to run twice at once and to stop anywhere. Runs themselves are not swept here: the DAG's object
 * decides when one is old and sends its tombstone.
 */
import type { Catalog } from "./port.ts";
import { sweep } from "./sql/sweep.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long each kind stays after it was deleted, ended or happened. */
export const SWEEP_AFTER_MS = {
  // Longer than any write can be on its way: a late row must still meet its tombstone.
  tombstones: 7 * DAY_MS,
  eventLog: 90 * DAY_MS,
  loginAttempts: HOUR_MS,
  sessions: DAY_MS,
  apiTokens: 30 * DAY_MS,
  jobs: 30 * DAY_MS,
  projectionErrors: 30 * DAY_MS,
} as const;

/** Deleting this many rows takes some ten milliseconds. */
const CHUNK_ROWS = 1_000;
/**
 * An hour's work at most; what is left waits for the next. Forty thousand rows per table and hour are near a million a day, and
 * 22 statements for each chunk stay below the thousand that D1 takes of one invocation.
 */
const MAX_CHUNKS = 40;
/** Of the hour: few schedules are due then. */
export const SWEEP_MINUTE = 17;

/** For the trigger of each minute, whose instant says whether it is time. */
export async function sweepWhenDue(catalog: Catalog, scheduledAt: number): Promise<void> {
  if (Math.floor(scheduledAt / MINUTE_MS) % 60 === SWEEP_MINUTE) await sweepCatalog(catalog, scheduledAt);
}

/** Returns how many rows went. */
export async function sweepCatalog(catalog: Catalog, now: number): Promise<{ readonly sweptCount: number }> {
  const chunk = (kind: keyof typeof SWEEP_AFTER_MS) => ({ before: now - SWEEP_AFTER_MS[kind], limit: CHUNK_ROWS });
  const statements = [
    ...sweep.tombstones(chunk("tombstones")),
    sweep.eventLog(chunk("eventLog")),
    sweep.loginAttempts(chunk("loginAttempts")),
    sweep.sessions(chunk("sessions")),
    sweep.apiTokens(chunk("apiTokens")),
    sweep.jobs(chunk("jobs")),
    sweep.projectionErrors(chunk("projectionErrors")),
  ];
  let sweptCount = 0;
  for (let round = 0; round < MAX_CHUNKS; round += 1) {
    const counts = (await catalog.write(statements)).map((rows) => rows.length);
    sweptCount += counts.reduce((sum, count) => sum + count, 0);
    if (counts.every((count) => count < CHUNK_ROWS)) break;
  }
  return { sweptCount };
}
