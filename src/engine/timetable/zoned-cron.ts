/**
 * The instants at which a cron expression fires in a time zone, as one strictly ordered set that can be stepped both ways.
 * Stepping naive times and converting the result, as Airflow first did, is not enough: the conversion is neither
 * one-to-one nor in order around a change of the clocks, so steps back could land on the instant they came from.
 *
 * The set: each naive match becomes the instant at which the clocks show it; in a gap it is shifted forward by the gap;
 * in a fold it is the second occurrence, or both when the expression allows every hour, which so follows real time.
 * Matches that fall on one instant are one. Assumes one change of offset per day at most.
 */
import type { Cron } from "../../lib/cron.ts";
import { instantToLocal, localInstants, localToInstant, offsetAt } from "../../lib/time-zone.ts";

export interface Ticks {
  /** The first tick strictly after the instant; null when there is none. */
  next(at: number): number | null;
  /** The last tick strictly before the instant; null when there is none. */
  previous(at: number): number | null;
}

const dayMs = 86_400_000;

export function zonedCron(cron: Cron, zone: string): Ticks {
  const ticksOf = (naive: number): readonly number[] =>
    cron.isEveryHour ? localInstants(naive, zone) : [localToInstant(naive, zone)];

  return {
    next(at) {
      // Clock readings at or before the present one can still come: from a gap just behind, or in a fold just ahead.
      const offset = offsetAt(at, zone);
      const back = Math.max(0, offset - offsetAt(at - dayMs, zone), offset - offsetAt(at + dayMs, zone));
      let best: number | null = null;
      for (let naive = cron.nextAfter(at + offset - back); naive !== null; naive = cron.nextAfter(naive)) {
        const ticks = ticksOf(naive);
        for (const tick of ticks) if (tick > at && (best === null || tick < best)) best = tick;
        // Only a match in a gap can be overtaken by a later one, and only its first occurrence stands in order.
        const first = ticks[0] ?? at;
        if (first > at && instantToLocal(first, zone) === naive) break;
      }
      return best;
    },
    previous(at) {
      // A reading ahead of the present one may have passed already: the first occurrence of a fold just behind.
      const offset = offsetAt(at, zone);
      const ahead = Math.max(0, offsetAt(at - dayMs, zone) - offset);
      let best: number | null = null;
      for (let naive = cron.previousBefore(at + offset + ahead); naive !== null; naive = cron.previousBefore(naive)) {
        for (const tick of ticksOf(naive)) if (tick < at && (best === null || tick > best)) best = tick;
        if (best !== null && naive <= best + lowestOffsetAround(best, zone)) break;
      }
      return best;
    },
  };
}

function lowestOffsetAround(at: number, zone: string): number {
  return Math.min(offsetAt(at - dayMs, zone), offsetAt(at, zone), offsetAt(at + dayMs, zone));
}

/** The instant itself if it is a tick, else the next tick. */
export function alignNext(ticks: Ticks, at: number): number | null {
  return ticks.next(at - 1);
}

/** The instant itself if it is a tick, else the previous tick. */
export function alignPrevious(ticks: Ticks, at: number): number | null {
  return ticks.previous(at + 1);
}
