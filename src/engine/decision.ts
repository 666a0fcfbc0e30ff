/**
 * Branching and short circuits. The try that decides reports which tasks to go on with; what it leaves out is skipped at
 * once, and skipped again when it is cleared, as long as the decision stands. In a mapped group a decision holds for its own
 * index.
 */
import type { Decision } from "../executor/protocol.ts";
import type { GraphTask } from "./graph.ts";
import { reach } from "./relations.ts";
import { relatedRange } from "./relevance.ts";
import type { RunState } from "./run-state.ts";
import { NONE, SKIPPED, SUCCESS } from "./states.ts";
import type { Step } from "./step.ts";
import { setState } from "./transition.ts";

/** The tasks that a decision skips, by their places in the graph. */
export function skippedBy(run: RunState, task: GraphTask, decision: Decision): ReadonlySet<number> {
  const { tasks } = run.graph;
  if (decision.type === "pass") return new Set();
  if (decision.type === "skip") {
    const behind = decision.scope === "direct" ? task.downstream : descendants(run, task.index);
    return new Set([...behind].filter((index) => tasks[index]?.spec.isTeardown !== true));
  }
  const followed = new Set<number>();
  for (const id of decision.ids) {
    for (const root of rootsOf(run, id)) {
      followed.add(root);
      for (const index of descendants(run, root)) followed.add(index);
    }
  }
  return new Set(task.downstream.filter((index) => !followed.has(index)));
}

function descendants(run: RunState, from: number): ReadonlySet<number> {
  return reach(
    run.graph.tasks.map((task) => task.downstream),
    from,
  );
}

/** A task, or the tasks of a group that nothing else in the group comes before. */
function rootsOf(run: RunState, id: string): readonly number[] {
  const index = run.graph.indexOf.get(id);
  if (index !== undefined) return [index];
  const inside = run.graph.tasks.filter((task) => task.spec.taskId.startsWith(`${id}.`)).map((task) => task.index);
  return inside.filter((place) => !run.graph.tasks[place]?.upstream.some((before) => inside.includes(before)));
}

export function decide(step: Step, run: RunState, place: number, decision: Decision): void {
  const task = run.taskAt(place);
  const skipped = skippedBy(run, task, decision);
  run.decisions.set(place, skipped);
  step.decisions.push({ run, place, skipped: [...skipped].map((index) => run.graph.tasks[index]?.spec.taskId ?? "") });
  for (const index of skipped) {
    const other = run.graph.tasks[index];
    if (other === undefined) continue;
    const range = relatedRange(run, task, run.mapIndex[place] ?? -1, other);
    run.forEachPlace(index, (at) => {
      const mapIndex = run.mapIndex[at] ?? -1;
      const isOurs = range === null || (mapIndex >= range.from && mapIndex < range.to);
      if (isOurs && run.stateOf[at] === NONE) setState(step, run, at, SKIPPED, "not_followed");
    });
  }
}

/** Whether a decision that stands skips the instance; looked at when its rule is asked, so that a clear does not undo it. */
export function isSkippedByDecision(run: RunState, place: number): boolean {
  const task = run.taskAt(place);
  for (const decider of task.deciders) {
    const other = run.graph.tasks[decider];
    if (other === undefined) continue;
    const range = relatedRange(run, task, run.mapIndex[place] ?? -1, other);
    const isSkipped = run.somePlace(decider, (at) => {
      const mapIndex = run.mapIndex[at] ?? -1;
      if (range !== null && (mapIndex < range.from || mapIndex >= range.to)) return false;
      return run.stateOf[at] === SUCCESS && run.decisions.get(at)?.has(task.index) === true;
    });
    if (isSkipped) return true;
  }
  return false;
}
