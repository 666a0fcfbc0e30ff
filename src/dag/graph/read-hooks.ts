/** Reads the functions among a task's options: conditions, the retry policy, callbacks, the name of its instances. */
import { definitionError } from "../errors.ts";
import type { TaskCallbackFunction, TaskHooks } from "../hooks.ts";
import { TASK_CALLBACKS, type TaskCallback } from "../spec.ts";
import type { AnyTaskOptions } from "../task-settings.ts";

type OptionFunctions = Pick<TaskHooks, "callbacks" | "condition" | "instanceName" | "retryPolicy">;
type Asked = (scope: Readonly<Record<string, unknown>>) => unknown;

export const CALLBACK_OPTIONS = {
  execute: "onExecute",
  success: "onSuccess",
  failure: "onFailure",
  retry: "onRetry",
  skipped: "onSkipped",
} as const satisfies Record<TaskCallback, keyof AnyTaskOptions>;

export function readTaskHooks(where: string, options: AnyTaskOptions & { readonly name?: unknown }): OptionFunctions {
  const { name, retryPolicy } = options;
  if (name !== undefined) requireFunction(where, "name", name);
  if (retryPolicy !== undefined) requireFunction(where, "retryPolicy", retryPolicy);
  const condition = readCondition(where, options);
  const callbacks: Partial<Record<TaskCallback, readonly TaskCallbackFunction[]>> = {};
  for (const callback of TASK_CALLBACKS) {
    const functions = readFunctions<TaskCallbackFunction>(
      where,
      CALLBACK_OPTIONS[callback],
      options[CALLBACK_OPTIONS[callback]],
    );
    if (functions.length > 0) callbacks[callback] = functions;
  }
  return {
    ...(name === undefined ? {} : { instanceName: name as NonNullable<TaskHooks["instanceName"]> }),
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
    ...(condition === null ? {} : { condition }),
    ...(Object.keys(callbacks).length === 0 ? {} : { callbacks }),
  };
}

/** One function or a list of them. */
export function readFunctions<Fn>(where: string, option: string, value: unknown): readonly Fn[] {
  if (value === undefined) return [];
  const functions: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const each of functions) requireFunction(where, option, each);
  return functions as readonly Fn[];
}

export function requireFunction(where: string, option: string, value: unknown): void {
  if (typeof value === "function") return;
  throw definitionError(where, `${option} must be a function, got ${value === null ? "null" : typeof value}`);
}

function readCondition(where: string, { runIf, skipIf }: AnyTaskOptions): NonNullable<TaskHooks["condition"]> | null {
  if (runIf === undefined && skipIf === undefined) return null;
  if (runIf !== undefined) requireFunction(where, "runIf", runIf);
  if (skipIf !== undefined) requireFunction(where, "skipIf", skipIf);
  return async (scope) => {
    if (runIf !== undefined && !(await (runIf as Asked)(scope))) return "runIf said no";
    return skipIf !== undefined && (await (skipIf as Asked)(scope)) ? "skipIf said yes" : null;
  };
}
