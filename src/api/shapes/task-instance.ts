import { z } from "zod";
import { TASK_INSTANCE_STATES, type TaskInstanceState } from "../../engine/states.ts";
import type { DagRunView, TaskInstanceView } from "../../platform.ts";
import { durationSeconds, instant, isoOrNull } from "./fields.ts";

const states = TASK_INSTANCE_STATES.filter((state) => state !== "none") as [
  Exclude<TaskInstanceState, "none">,
  ...Exclude<TaskInstanceState, "none">[],
];

export const taskInstanceShape = z.object({
  id: z.string(),
  task_id: z.string(),
  task_display_name: z.string(),
  dag_id: z.string(),
  dag_display_name: z.string(),
  dag_run_id: z.string(),
  map_index: z.number().int(),
  logical_date: instant,
  run_after: instant,
  start_date: instant,
  end_date: instant,
  duration: z.number().nullable(),
  state: z.enum(states).nullable(),
  try_number: z.number().int(),
  max_tries: z.number().int(),
  hostname: z.string().nullable(),
  unixname: z.string().nullable(),
  pool: z.string(),
  pool_slots: z.number().int(),
  queue: z.string().nullable(),
  priority_weight: z.number().nullable(),
  operator: z.string().nullable(),
  queued_when: instant,
  scheduled_when: instant,
  pid: z.number().int().nullable(),
  executor: z.string().nullable(),
  executor_config: z.string(),
  note: z.string().nullable(),
  rendered_map_index: z.string().nullable(),
  rendered_fields: z.record(z.string(), z.json()),
  trigger: z.null(),
  triggerer_job: z.null(),
  dag_version: z.null(),
  /** Beyond Airflow: why it waits or ended as it did, and the error of a try that failed. */
  reason: z.string().nullable(),
  next_retry_at: instant,
  error: z.object({ name: z.string(), message: z.string(), stack: z.string().nullable() }).nullable(),
});

export type TaskInstanceJson = z.input<typeof taskInstanceShape>;

/** `run` is null in lists over many runs, whose rows do not carry the dates of theirs. */
export function taskInstanceJson(instance: TaskInstanceView, run: DagRunView | null): TaskInstanceJson {
  return {
    id: [instance.dagId, instance.runId, instance.taskId, instance.mapIndex].join("/"),
    task_id: instance.taskId,
    task_display_name: instance.taskId,
    dag_id: instance.dagId,
    dag_display_name: instance.dagId,
    dag_run_id: instance.runId,
    map_index: instance.mapIndex,
    logical_date: isoOrNull(run?.logicalAt ?? null),
    run_after: isoOrNull(run?.runAfterAt ?? null),
    start_date: isoOrNull(instance.startAt),
    end_date: isoOrNull(instance.endAt),
    duration: durationSeconds(instance.startAt, instance.endAt),
    state: instance.state === "none" ? null : instance.state,
    try_number: instance.tryNumber,
    max_tries: instance.maxTries,
    hostname: null,
    unixname: null,
    pool: instance.pool,
    pool_slots: instance.poolSlots,
    queue: instance.queue,
    priority_weight: instance.priorityWeight,
    operator: null,
    queued_when: isoOrNull(instance.queuedAt),
    scheduled_when: null,
    pid: null,
    executor: instance.executor,
    executor_config: "{}",
    note: instance.note,
    rendered_map_index: instance.instanceName,
    rendered_fields: {},
    trigger: null,
    triggerer_job: null,
    dag_version: null,
    reason: instance.reason,
    next_retry_at: isoOrNull(instance.nextRetryAt),
    error: instance.error,
  };
}
