import { z } from "zod";
import type { CallbackProjection } from "../../catalog/projection.ts";
import { instant, isoInstant, isoOrNull } from "./fields.ts";

/** Beyond Airflow, whose API does not tell of them. Those that a task's executor runs are in the task's log. */
export const callbackShape = z.object({
  callback_id: z.string(),
  event: z.string(),
  task_id: z.string().nullable(),
  map_index: z.number().int(),
  try_number: z.number().int().nullable(),
  state: z.enum(["queued", "running", "success", "failed"]),
  attempts: z.number().int(),
  created_at: z.iso.datetime(),
  end_date: instant,
  error: z.string().nullable(),
});

export function callbackJson(callback: CallbackProjection): z.input<typeof callbackShape> {
  return {
    callback_id: callback.callbackId,
    event: callback.event,
    task_id: callback.taskId,
    map_index: callback.mapIndex,
    try_number: callback.tryNumber,
    state: callback.state,
    attempts: callback.attemptCount,
    created_at: isoInstant(callback.createdAt),
    end_date: isoOrNull(callback.endAt),
    error: callback.error,
  };
}
