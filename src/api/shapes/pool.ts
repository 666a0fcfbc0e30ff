/** Airflow's pool, with its slots by state. */
import { z } from "zod";
import { occupancyOf, type SlotUse } from "../../engine/limits/occupancy.ts";
import type { PoolSettings } from "../../platform.ts";

export const poolShape = z.object({
  name: z.string(),
  slots: z.number().int(),
  description: z.string().nullable(),
  include_deferred: z.boolean(),
  occupied_slots: z.number().int(),
  running_slots: z.number().int(),
  queued_slots: z.number().int(),
  scheduled_slots: z.number().int(),
  open_slots: z.number().int().meta({ description: "-1 when the pool is unlimited" }),
  deferred_slots: z.number().int(),
});

export function poolJson(pool: PoolSettings, uses: readonly SlotUse[]): z.input<typeof poolShape> {
  const { running, queued, deferred, scheduled, occupied, open } = occupancyOf(pool, uses);
  return {
    name: pool.name,
    slots: pool.slots,
    description: pool.description === "" ? null : pool.description,
    include_deferred: pool.includeDeferred,
    occupied_slots: occupied,
    running_slots: running,
    queued_slots: queued,
    scheduled_slots: scheduled,
    open_slots: Number.isFinite(open) ? open : -1,
    deferred_slots: deferred,
  };
}
