/** Questions that many invariants ask of a change. */
import type { Cause, Commit } from "./invariant.ts";
import { type Change, type InstanceRow, isActive, type RunRow } from "./truth.ts";

/** A try begins: the instance is handed to a queue or an executor, and was not in the hands of one with the same try. */
export function startsTry({ before, after }: Change<InstanceRow>): boolean {
  if (after === null || !isActive(after.state) || after.state === "restarting") return false;
  if (before === null || !isActive(before.state)) return true;
  return before.tryNumber !== after.tryNumber;
}

/** The same try goes out again under another token. */
export function replacesGrant({ before, after }: Change<InstanceRow>): boolean {
  if (before === null || after === null || before.state !== "running" || after.state !== "queued") return false;
  return before.tryNumber === after.tryNumber && before.token !== after.token;
}

const USER_VERBS: ReadonlySet<string> = new Set([
  "clearTaskInstances",
  "markTaskInstances",
  "markRun",
  "deleteTaskInstance",
  "deleteRun",
  "deleteDag",
  "createBackfill",
  "changeBackfill",
]);

export function isUserVerb({ method }: Cause): boolean {
  return USER_VERBS.has(method);
}

/** Runs that were cleared in the event by a user's word; a backfill that clears runs goes on by itself after a loss of the object. */
export function clearedRuns({ cause, truth, runs }: Commit): ReadonlySet<number> {
  if (!isUserVerb(cause) && truth.openBackfills().length === 0) return new Set();
  const isCleared = ({ before, after }: Change<RunRow>) =>
    before !== null && after !== null && after.clearNumber > before.clearNumber;
  return new Set(runs.filter(isCleared).flatMap(({ after }) => after?.seq ?? []));
}
