import { z } from "zod";
import type { DagSpec, TaskSpec } from "../../dag/spec.ts";
import { instant, isoOrNull } from "./fields.ts";
import { timeDelta, timeDeltaJson } from "./time-delta.ts";

export const taskShape = z.object({
  task_id: z.string(),
  task_display_name: z.string(),
  owner: z.string(),
  start_date: instant,
  end_date: instant,
  trigger_rule: z.string(),
  depends_on_past: z.boolean(),
  wait_for_downstream: z.boolean(),
  retries: z.number(),
  queue: z.string().nullable(),
  pool: z.string(),
  pool_slots: z.number(),
  execution_timeout: timeDelta.nullable(),
  retry_delay: timeDelta,
  retry_exponential_backoff: z.number(),
  priority_weight: z.number(),
  weight_rule: z.string(),
  ui_color: z.string().nullable(),
  ui_fgcolor: z.string().nullable(),
  template_fields: z.array(z.string()),
  upstream_task_ids: z.array(z.string()),
  downstream_task_ids: z.array(z.string()),
  doc_md: z.string().nullable(),
  operator_name: z.string().nullable(),
  params: z.record(z.string(), z.json()).nullable(),
  class_ref: z.null(),
  is_mapped: z.boolean(),
  extra_links: z.array(z.string()),
  /** Beyond Airflow. */
  executor: z.string(),
  group_id: z.string().nullable(),
});

export function taskJson(spec: DagSpec, task: TaskSpec): z.input<typeof taskShape> {
  return {
    task_id: task.taskId,
    task_display_name: task.taskId,
    owner: task.owner,
    start_date: isoOrNull(spec.startAt),
    end_date: isoOrNull(spec.endAt),
    trigger_rule: task.triggerRule,
    depends_on_past: false,
    wait_for_downstream: false,
    retries: task.retries,
    queue: task.queue,
    pool: task.pool,
    pool_slots: task.poolSlots,
    execution_timeout: task.executionTimeoutMs === null ? null : timeDeltaJson(task.executionTimeoutMs),
    retry_delay: timeDeltaJson(task.retryDelayMs),
    retry_exponential_backoff: task.retryExponentialBackoff,
    priority_weight: task.priorityWeight,
    weight_rule: "absolute",
    ui_color: null,
    ui_fgcolor: null,
    template_fields: [],
    upstream_task_ids: [...task.upstream],
    downstream_task_ids: spec.tasks
      .filter(({ upstream }) => upstream.includes(task.taskId))
      .map(({ taskId }) => taskId),
    doc_md: task.docs ?? task.description,
    operator_name: null,
    params: null,
    class_ref: null,
    is_mapped: false,
    extra_links: [],
    executor: task.executor,
    group_id: task.groupId,
  };
}
