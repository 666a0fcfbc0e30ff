import type { DagSpec } from "../../../src/dag/spec.ts";
import { type DagTruth, isActive, type RunRow } from "./truth.ts";

/** A running run in which nothing is under way, since it waits for a run before it: that one may have its place. */
export function givesWay(truth: DagTruth, { seq, versionNumber }: RunRow): boolean {
  const isIdle = truth
    .ofRun(seq)
    .every(({ state }) => !isActive(state) && state !== "up_for_retry" && state !== "scheduled");
  return isIdle && looksAtPast(truth.specOf(versionNumber));
}

function looksAtPast(spec: DagSpec | null): boolean {
  return spec?.tasks.some((task) => task.dependsOnPast === true || task.waitForDownstream === true) === true;
}
