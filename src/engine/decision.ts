/**
 * Branching and short circuits. The try that decides reports which tasks to go on with; what it leaves out is skipped at
 * once, and skipped again when it is cleared, as long as the decision stands. The decision of a mapped instance holds for
 * instances of its own index alone, and never for an unmapped task.
 */
import type { Decision } from "../executor/protocol.ts";
import type { GraphTask } from "./graph.ts";
import { isPastMet } from "./past.ts";
import { relatedRange } from "./relevance.ts";
import type { RunState } from "./run-state.ts";
import { FIRST_FINISHED, NONE, RESTARTING, RUNNING, SKIPPED, SUCCESS } from "./states.ts";
import type { Step } from "./step.ts";
import { setState } from "./transition.ts";

/** The tasks that a decision skips, by their places in the graph. */
export function skippedBy(run: RunState, task: GraphTask, decision: Decision): ReadonlySet<number> {
  const { tasks } = run.graph;
  if (decision.type === "pass") return new Set();
  if (decision.type === "skip") {
    const behind = decision.scope === "direct" ? task.downstream : withDescendants(run, task.downstream);
    return new Set([...behind].filter((index) => tasks[index]?.spec.isTeardown !== true));
  }
  const followed = withDescendants(
    run,
    decision.ids.flatMap((id) => rootsOf(run, id)),
  );
  return new Set(task.downstream.filter((index) => !followed.has(index)));
}

function withDescendants(run: RunState, from: readonly number[]): ReadonlySet<number> {
  const found = new Set(from);
  for (const index of found) for (const next of run.graph.tasks[index]?.downstream ?? []) found.add(next);
  return found;
}

/** A task, or the tasks of a group that nothing else in the group comes before. */
function rootsOf(run: RunState, id: string): readonly number[] {
  const { graph } = run;
  const index = graph.indexOf.get(id);
  if (index !== undefined) return [index];
  const groups = new Set([id]);
  // Groups are listed after those they lie in.
  for (const { groupId, parentId } of graph.spec.groups) if (groups.has(parentId ?? "")) groups.add(groupId);
  const isInside = (task: GraphTask | undefined) => groups.has(task?.spec.groupId ?? "");
  return graph.tasks
    .filter((task) => isInside(task) && !task.upstream.some((before) => isInside(graph.tasks[before])))
    .map((task) => task.index);
}

export function decide(step: Step, run: RunState, place: number, decision: Decision): void {
  const task = run.taskAt(place);
  const skipped = skippedBy(run, task, decision);
  run.decisions.set(place, skipped);
  step.decisions.push({ run, place, skipped: [...skipped].map((index) => run.graph.tasks[index]?.spec.taskId ?? "") });
  for (const index of skipped) {
    const other = run.graph.tasks[index];
    if (other === undefined || waitsForPast(run, task, other)) continue;
    forEachOfSameIndex(run, place, other, (at) => {
      if (isSkippable(run.stateOf[at] ?? NONE)) setState(step, run, at, SKIPPED, "not_followed");
    });
  }
}

/** What has not begun to run, or waits to run again. A cleared try meets the decision when it has let go. */
function isSkippable(code: number): boolean {
  return code < FIRST_FINISHED && code !== RUNNING && code !== RESTARTING;
}

/** Forgets what a task instance decided, in the rows too. */
export function undecide(step: Step, run: RunState, place: number): void {
  if (run.decisions.delete(place)) step.decisions.push({ run, place, skipped: [] });
}

/** Its rule is asked again when the run before has come so far, and finds the decision then. */
function waitsForPast(run: RunState, decider: GraphTask, { index, deciders, spec }: GraphTask): boolean {
  const other = run.graph.tasks[index];
  if (spec.waitForPastDependsBeforeSkipping !== true || other === undefined) return false;
  return deciders.includes(decider.index) && !isPastMet(run, other);
}

/** Whether a decision that stands skips the instance; looked at when its rule is asked, so that a clear does not undo it. */
export function isSkippedByDecision(run: RunState, place: number): boolean {
  const task = run.taskAt(place);
  return task.deciders.some((decider) => {
    const other = run.graph.tasks[decider];
    let isSkipped = false;
    // Every index of a task heeds an unmapped decider.
    if (other?.isMapped === false) isSkipped = hasSkipped(run, run.findAt(decider, -1), task.index);
    else if (other !== undefined && (run.mapIndex[place] ?? -1) >= 0) {
      forEachOfSameIndex(run, place, other, (at) => {
        isSkipped ||= hasSkipped(run, at, task.index);
      });
    }
    return isSkipped;
  });
}

function hasSkipped(run: RunState, decider: number, task: number): boolean {
  return run.stateOf[decider] === SUCCESS && run.decisions.get(decider)?.has(task) === true;
}

/** Instances of the other task that a decision of the one at `place` is about, and the other way round. */
function forEachOfSameIndex(run: RunState, place: number, other: GraphTask, visit: (place: number) => void): void {
  const task = run.taskAt(place);
  const mapIndex = run.mapIndex[place] ?? -1;
  if (mapIndex < 0) {
    run.forEachPlace(other.index, visit);
    return;
  }
  const range = relatedRange(run, task, mapIndex, other) ?? { from: mapIndex, to: mapIndex + 1 };
  for (let index = range.from; index < range.to; index += 1) {
    const at = run.findAt(other.index, index);
    if (at >= 0 && other.isMapped) visit(at);
  }
}
