import { z } from "zod";
import { type BackfillView, REPROCESS_BEHAVIORS } from "../../platform.ts";
import { instant, isoInstant, isoOrNull } from "./fields.ts";

export const backfillShape = z.object({
  id: z.number().int(),
  dag_id: z.string(),
  dag_display_name: z.string(),
  from_date: z.iso.datetime(),
  to_date: z.iso.datetime(),
  dag_run_conf: z.record(z.string(), z.json()),
  is_paused: z.boolean(),
  reprocess_behavior: z.enum(REPROCESS_BEHAVIORS),
  max_active_runs: z.number().int(),
  created_at: z.iso.datetime(),
  completed_at: instant,
  updated_at: z.iso.datetime(),
  /** Beyond Airflow: the order, and who asked for it. */
  run_backwards: z.boolean(),
  triggering_user_name: z.string(),
});

export function backfillJson(backfill: BackfillView): z.input<typeof backfillShape> {
  return {
    id: backfill.id,
    dag_id: backfill.dagId,
    dag_display_name: backfill.dagId,
    from_date: isoInstant(backfill.fromAt),
    to_date: isoInstant(backfill.toAt),
    dag_run_conf: (backfill.conf ?? {}) as z.input<typeof backfillShape>["dag_run_conf"],
    is_paused: backfill.isPaused,
    reprocess_behavior: backfill.reprocess,
    max_active_runs: backfill.maxActiveRuns,
    created_at: isoInstant(backfill.createdAt),
    completed_at: isoOrNull(backfill.completedAt),
    updated_at: isoInstant(backfill.updatedAt),
    run_backwards: backfill.isReverse,
    triggering_user_name: backfill.createdBy,
  };
}
