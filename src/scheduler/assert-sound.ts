/** Holds a step against the checks of `engine/soundness.ts` before anything of it is committed. */
import { type BrokenRun, brokenRun } from "../engine/soundness.ts";
import type { Step } from "../engine/step.ts";

/** A bug of ours, and the run that it would have broken. */
export class UnsoundStep extends Error {
  readonly seq: number;
  readonly runId: string;
  readonly problem: string;

  constructor({ run, problem }: BrokenRun) {
    super(`Assertion failed: run "${run.runId}": ${problem}`);
    this.name = "UnsoundStep";
    this.seq = run.seq;
    this.runId = run.runId;
    this.problem = problem;
  }
}

/** Part of the transaction: what it throws takes everything back. */
export function assertSound(step: Step): void {
  const broken = brokenRun(step);
  if (broken !== null) throw new UnsoundStep(broken);
}
