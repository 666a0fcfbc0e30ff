/**
 * The functions of a DAG file that are not the bodies of its tasks. They stand beside `functions` in a definition and never
 * reach the engine: the executor calls them and reports what came out as data. The one exception is a custom timetable, which
 * the scheduler calls, and which is therefore pure and synchronous.
 */
import type { DagCallbackContext, TaskCallbackContext } from "./context.ts";
import type { DecisionSpec, TaskCallback } from "./spec.ts";
import type { RetryPolicy } from "./task.ts";

/** What happens to each item of a task's result on its way to an instance. Functions are synchronous and answer the same again. */
export type MapStep =
  /** May throw `Skip`: then the instance of that item is skipped. It does not change the length. */
  | { readonly type: "map"; readonly fn: (item: unknown) => unknown }
  /** Leaves items out, and so makes a variant of the result with a length of its own. */
  | { readonly type: "filter"; readonly fn: (item: unknown) => boolean };

/** The values behind a `MapSource` of the spec, of the same form. */
export type ValueSource =
  /** An object has become the list of its `[key, value]` pairs. */
  | { readonly type: "literal"; readonly items: readonly unknown[] }
  | { readonly type: "xcom"; readonly taskId: string; readonly steps: readonly MapStep[] }
  /** `fill` is there for a zip that ends with its longest source. */
  | { readonly type: "zip"; readonly sources: readonly ValueSource[]; readonly fill?: { readonly value: unknown } }
  | { readonly type: "concat"; readonly sources: readonly ValueSource[] }
  /** A further step on any of those, such as a map over a zip. */
  | { readonly type: "steps"; readonly source: ValueSource; readonly steps: readonly MapStep[] };

/** The values behind a `MapSpec`: what each instance is given. */
export type MapValues =
  | {
      readonly type: "product";
      readonly inputs: readonly { readonly name: string; readonly source: ValueSource }[];
    }
  | { readonly type: "each"; readonly source: ValueSource };

export interface TaskHooks {
  readonly map?: MapValues;
  /** Lengths of this task's result beyond its own, by the name that the spec knows the variant under. */
  readonly variants?: Readonly<Record<string, (value: unknown) => number>>;
  readonly instanceName?: (inputs: Readonly<Record<string, unknown>>) => string;
  readonly retryPolicy?: RetryPolicy;
  /** Whether the task runs: a text is the reason why not. */
  readonly condition?: (scope: Readonly<Record<string, unknown>>) => Promise<string | null>;
  /** As in the spec, for the executor to find at once. */
  readonly decision?: DecisionSpec;
  /** Of a branch with named choices: the ids that each name stands for. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  /** Inputs that come from the mapped group around the task: parameter name → group and name of its input. */
  readonly groupInputs?: Readonly<Record<string, { readonly groupId: string; readonly name: string }>>;
  /**
   * There if other tasks or groups are mapped over the result, which must then be a list or an object: the greatest length that
   * they take of the result itself (`null` when nobody uses it unfiltered) and of each variant.
   */
  readonly mappedOver?: { readonly own: number | null; readonly variants: Readonly<Record<string, number>> };
  readonly callbacks?: Readonly<Partial<Record<TaskCallback, readonly TaskCallbackFunction[]>>>;
}

export type TaskCallbackFunction = (context: TaskCallbackContext) => unknown;
export type DagCallbackFunction = (context: DagCallbackContext) => unknown;

export interface DagHooks {
  readonly timetable?: CustomTimetable;
  readonly tasks: Readonly<Record<string, TaskHooks>>;
  readonly groups: Readonly<Record<string, { readonly map?: MapValues }>>;
  readonly callbacks: {
    readonly success?: readonly DagCallbackFunction[];
    readonly failure?: readonly DagCallbackFunction[];
  };
  /** By place in the spec's `deadlines`. */
  readonly deadlines: readonly DagCallbackFunction[];
}

/**
 * A schedule as pure functions. Instants are milliseconds since the epoch. A throw means that there is no next run, and its
 * message is the reason that people see.
 */
export interface CustomTimetable {
  readonly description: string;
  /** The run after the last one that the schedule made, or `null` when there is none; as the engine's timetables. */
  next(input: {
    readonly last: { readonly startAt: number; readonly endAt: number } | null;
    readonly earliestAt: number | null;
    readonly latestAt: number | null;
    readonly now: number;
    readonly catchup: boolean;
  }): {
    readonly logicalAt: number;
    readonly dataIntervalStartAt: number;
    readonly dataIntervalEndAt: number;
    readonly runAfterAt: number;
  } | null;
  /** The interval that a manual run covers; without it, the instant itself. */
  manualInterval?(runAfterAt: number): { readonly startAt: number; readonly endAt: number } | null;
}
