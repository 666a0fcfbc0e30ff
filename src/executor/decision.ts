/** What a deciding task's result says about the tasks behind it, as data for the scheduler. */
import type { DagDefinition } from "../dag/definition.ts";
import type { DecisionSpec } from "../dag/spec.ts";
import { never } from "../lib/never.ts";
import type { Decision, RunFacts } from "./protocol.ts";
import { XComError } from "./xcom-error.ts";

export interface Decided {
  readonly decision: Decision;
  /** What the task returns: of a branch the ids that it chose. */
  readonly value: unknown;
}

/** Throws `XComError` when a branch chose something that the DAG does not have. */
export function decide(
  spec: DecisionSpec,
  returned: unknown,
  around: { readonly definition: DagDefinition; readonly taskId: string; readonly run: RunFacts; readonly now: number },
): Decided {
  switch (spec.type) {
    case "branch": {
      const ids = branchIds(around.definition, around.taskId, returned);
      return { decision: { type: "follow", ids }, value: ids };
    }
    case "short_circuit":
      return { decision: returned ? { type: "pass" } : { type: "skip", scope: spec.scope }, value: returned };
    case "latest_only":
      return {
        decision: isLatest(around.run, around.now) ? { type: "pass" } : { type: "skip", scope: "direct" },
        value: undefined,
      };
    default:
      return never(spec);
  }
}

/** Manual runs, and those that cover an instant, always are; others until the interval after theirs has passed. */
export function isLatest(run: RunFacts, now: number): boolean {
  if (run.runType === "manual" || run.dataIntervalEndAt === null) return true;
  if (run.dataIntervalStartAt === run.dataIntervalEndAt) return true;
  const nextEndAt = run.nextDataIntervalEndAt ?? null;
  return nextEndAt === null || (now > run.dataIntervalEndAt && now <= nextEndAt);
}

function branchIds(definition: DagDefinition, taskId: string, returned: unknown): readonly string[] {
  const { spec, hooks } = definition;
  const choices = hooks.tasks[taskId]?.choices;
  const chosen: readonly unknown[] = Array.isArray(returned) ? returned : [returned ?? []].flat();
  const ids = chosen.flatMap((target) => (choices === undefined ? [idOf(target)] : namedIds(choices, target)));
  const known = new Set<string>([
    ...spec.tasks.map((task) => task.taskId),
    ...spec.groups.map((group) => group.groupId),
  ]);
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined) {
    throw new XComError(
      "bad_decision",
      `Cannot follow the branch to "${unknown}": the DAG has no such task or group. Name it with the ids of the groups around it`,
    );
  }
  return [...new Set(ids)];
}

function namedIds(choices: Readonly<Record<string, readonly string[]>>, name: unknown): readonly string[] {
  const ids = typeof name === "string" && Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (ids !== undefined) return ids;
  const names = Object.keys(choices).join(", ");
  throw new XComError("bad_decision", `Cannot follow the branch to ${describe(name)}: its choices are ${names}`);
}

function idOf(target: unknown): string {
  if (typeof target === "string") return target;
  const { taskId, groupId } = (target ?? {}) as { readonly taskId?: unknown; readonly groupId?: unknown };
  const id = taskId ?? groupId;
  if (typeof id === "string") return id;
  throw new XComError(
    "bad_decision",
    `Cannot follow the branch to ${describe(target)}: return tasks, groups, their ids, a list of them, or null for none`,
  );
}

function describe(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : value === null ? "null" : `a ${typeof value}`;
}
