/** What the calls beside `task()` itself may say, and what they make of it in the spec. */
import { definitionError } from "../errors.ts";
import type { DecisionSpec, TaskSpec } from "../spec.ts";
import { readFlag, TASK_OPTION_NAMES } from "../task-settings.ts";

export type TaskKind = "task" | "map" | "each" | "branch" | "shortCircuit" | "latestOnly" | "setup" | "teardown";

/** Options of all kinds in one, as far as their types are of no use here. */
export interface KindOptions {
  readonly over?: unknown;
  readonly maxMapLength?: number;
  readonly choices?: unknown;
  readonly scope?: unknown;
  readonly setups?: unknown;
  readonly around?: unknown;
  readonly onFailureFailDagRun?: boolean;
  readonly triggerRule?: string;
}

const ownOptions: Readonly<Record<TaskKind, readonly string[]>> = {
  task: [],
  map: ["over", "name", "maxMapLength"],
  each: ["over", "name", "maxMapLength"],
  branch: ["choices"],
  shortCircuit: ["scope"],
  latestOnly: [],
  setup: [],
  teardown: ["setups", "around", "onFailureFailDagRun"],
};

export function optionNames(kind: TaskKind): readonly string[] {
  return [...TASK_OPTION_NAMES, ...ownOptions[kind]];
}

export function callName(kind: TaskKind): string {
  return kind === "task" ? "task()" : `task.${kind}()`;
}

type KindSettings = Partial<
  Pick<TaskSpec, "decision" | "isSetup" | "isTeardown" | "onFailureFailDagRun" | "triggerRule">
>;

export function kindSettings(where: string, kind: TaskKind, options: KindOptions): KindSettings {
  switch (kind) {
    case "branch":
    case "shortCircuit":
    case "latestOnly":
      return { decision: decisionOf(where, kind, options) };
    case "setup":
      return { isSetup: true };
    case "teardown":
      return {
        isTeardown: true,
        triggerRule: teardownRule(where, options),
        ...(readFlag(where, "onFailureFailDagRun", options.onFailureFailDagRun) ? { onFailureFailDagRun: true } : {}),
      };
    default:
      return {};
  }
}

function decisionOf(
  where: string,
  kind: "branch" | "shortCircuit" | "latestOnly",
  { scope }: KindOptions,
): DecisionSpec {
  if (kind === "branch") return { type: "branch" };
  if (kind === "latestOnly") return { type: "latest_only" };
  if (scope === undefined || scope === "all" || scope === "direct") {
    return { type: "short_circuit", scope: scope ?? "all" };
  }
  throw definitionError(where, `scope must be "all" or "direct", got ${JSON.stringify(scope)}`);
}

function teardownRule(where: string, { triggerRule }: KindOptions): "all_done_setup_success" {
  if (triggerRule === undefined || triggerRule === "all_done_setup_success") return "all_done_setup_success";
  throw definitionError(
    where,
    `a teardown always has the trigger rule all_done_setup_success: leave out triggerRule, got ${JSON.stringify(triggerRule)}`,
  );
}
