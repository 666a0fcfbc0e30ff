/**
 * The values that go with grants: results of upstream tasks, of all instances of a mapped one, or of the instance of the
 * same index within a mapped group. All of a reply are read by one statement; what does not fit is left for the executor to
 * ask for.
 */
import type { TaskId } from "../dag/ids.ts";
import type { GraphTask } from "../engine/graph.ts";
import { relatedRange } from "../engine/relevance.ts";
import { FLAG_VALUE, type RunState } from "../engine/run-state.ts";
import { SUCCESS } from "../engine/states.ts";
import {
  CLAIM_INLINE_BYTES,
  type Grant,
  type InputValue,
  type MappedValue,
  type XComValue,
} from "../executor/protocol.ts";
import type { StateSql } from "./ports.ts";
import { xcomValue } from "./rows.ts";

/** Results of so many instances travel with a grant; more are read page by page. */
const MAX_MAPPED_ITEMS = 100;

type Plan =
  | { readonly type: "one"; readonly place: number }
  /** Instances of a task by their indexes; their places only when they are few. */
  | {
      readonly type: "mapped";
      readonly task: number;
      readonly from: number;
      readonly to: number;
      readonly places: readonly number[] | null;
    };

export interface GrantValues {
  readonly inputs: Grant["inputs"];
  readonly mapped: NonNullable<Grant["mapped"]> | null;
}

interface Wanted {
  readonly run: RunState;
  readonly place: number;
}

export class GrantInputs {
  private readonly values: ReadonlyMap<string, XComValue>;
  private room = CLAIM_INLINE_BYTES;

  constructor(sql: StateSql, granted: readonly Wanted[]) {
    this.values = readValues(sql, granted.flatMap(placesOf));
  }

  of(run: RunState, place: number): GrantValues {
    const task = run.taskAt(place);
    const inputs: Record<string, { taskId: TaskId; value: InputValue | MappedValue }> = {};
    for (const [name, taskId] of Object.entries(task.spec.inputs)) {
      inputs[name] = { taskId, value: this.valueOf(run, place, run.graph.indexOf.get(taskId) ?? -1) };
    }
    const mapIndex = run.mapIndex[place] ?? -1;
    if (mapIndex < 0) return { inputs, mapped: null };
    const sources: Record<string, InputValue | MappedValue> = {};
    for (const source of task.mapSources) {
      const taskId = run.graph.tasks[source]?.spec.taskId;
      if (taskId !== undefined) sources[taskId] = this.valueOf(run, place, source);
    }
    return { inputs, mapped: { index: mapIndex, count: run.instanceCount(task.index), sources } };
  }

  private valueOf(run: RunState, place: number, upstream: number): InputValue | MappedValue {
    const plan = planOf(run, place, upstream);
    if (plan === null) return { type: "missing" };
    if (plan.type === "one") {
      const mapIndex = run.mapIndex[plan.place] ?? -1;
      const value = this.fitting(run, plan.place);
      if (value === null) return { type: "missing" };
      return value.type === "later" && mapIndex >= 0 ? { type: "later", mapIndex } : value;
    }
    let valueCount = 0;
    for (let index = plan.from; index < plan.to; index += 1) {
      if (hasValue(run, run.findAt(plan.task, index))) valueCount += 1;
    }
    return {
      type: "mapped",
      taskId: run.graph.tasks[plan.task]?.spec.taskId as TaskId,
      ...(plan.from > 0 && { from: plan.from }),
      count: plan.to - plan.from,
      valueCount,
      items: plan.places?.map((at) => this.fitting(run, at)) ?? null,
    };
  }

  private fitting(run: RunState, place: number): XComValue | { readonly type: "later" } | null {
    const value = place < 0 ? undefined : this.values.get(keyOf(run, place));
    if (value === undefined) return null;
    if (value.type === "inline") this.room -= value.json.length;
    return this.room < 0 && value.type === "inline" ? { type: "later" } : value;
  }
}

function planOf(run: RunState, place: number, upstream: number): Plan | null {
  const other = run.graph.tasks[upstream];
  if (other === undefined) return null;
  if (!other.isMapped) {
    const at = run.findAt(upstream, -1);
    return at < 0 ? null : { type: "one", place: at };
  }
  const range = relatedRange(run, run.taskAt(place), run.mapIndex[place] ?? -1, other);
  if (range !== null && !isMappedFurther(run.taskAt(place), other)) {
    const at = run.findAt(upstream, range.from);
    return at < 0 ? null : { type: "one", place: at };
  }
  // One that does not know its instances has none that could have left a value.
  const all = run.isUnexpanded(other) ? 0 : run.instanceCount(upstream);
  const { from, to } = range ?? { from: 0, to: all };
  if (to - from > MAX_MAPPED_ITEMS) return { type: "mapped", task: upstream, from, to, places: null };
  const places = Array.from({ length: to - from }, (_, offset) => run.findAt(upstream, from + offset));
  return { type: "mapped", task: upstream, from, to, places };
}

/** Within the innermost mapped group that holds both, the other has an instance for each of something once more. */
function isMappedFurther(task: GraphTask, other: GraphTask): boolean {
  const isShared = other.mapGroups.every((group, depth) => group === task.mapGroups[depth]);
  return !isShared || other.spec.mapped !== undefined;
}

function placesOf({ run, place }: Wanted): Wanted[] {
  const task = run.taskAt(place);
  const upstream = [
    ...Object.values(task.spec.inputs).map((taskId) => run.graph.indexOf.get(taskId) ?? -1),
    ...((run.mapIndex[place] ?? -1) >= 0 ? task.mapSources : []),
  ];
  return upstream.flatMap((index) => {
    const plan = planOf(run, place, index);
    if (plan === null) return [];
    const places = plan.type === "one" ? [plan.place] : (plan.places ?? []);
    return places.filter((at) => hasValue(run, at)).map((at) => ({ run, place: at }));
  });
}

function hasValue(run: RunState, place: number): boolean {
  return place >= 0 && run.stateOf[place] === SUCCESS && run.hasFlag(place, FLAG_VALUE);
}

function keyOf(run: RunState, place: number): string {
  return `${run.seq} ${run.taskAt(place).spec.taskId} ${run.mapIndex[place]}`;
}

function readValues(sql: StateSql, wanted: readonly Wanted[]): ReadonlyMap<string, XComValue> {
  const keys = new Map<string, readonly [number, string, number]>();
  for (const { run, place } of wanted) {
    keys.set(keyOf(run, place), [run.seq, run.taskAt(place).spec.taskId, run.mapIndex[place] ?? -1]);
  }
  const values = new Map<string, XComValue>();
  if (keys.size === 0) return values;
  const rows = sql.exec(
    `SELECT t.run_seq, t.task_id, t.map_index, t.return_json, t.return_ref FROM json_each(?1) AS k
     CROSS JOIN task_instance AS t ON t.run_seq = k.value ->> 0 AND t.task_id = k.value ->> 1
       AND t.map_index = k.value ->> 2`,
    JSON.stringify([...keys.values()]),
  );
  for (const row of rows) {
    const value = xcomValue(row["return_json"], row["return_ref"]);
    if (value !== null) values.set(`${row["run_seq"]} ${row["task_id"]} ${row["map_index"]}`, withoutPreview(value));
  }
  return values;
}

/** A preview is for those who show it. */
function withoutPreview(value: XComValue): XComValue {
  if (value.type === "inline") return value;
  const { preview: _, ...ref } = value;
  return ref;
}
