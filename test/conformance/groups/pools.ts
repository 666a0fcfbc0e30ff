/** How the slots of a pool are counted. */
import { z } from "zod";
import { occupancyOf } from "../../../src/engine/limits/occupancy.ts";
import { TASK_INSTANCE_STATES } from "../../../src/engine/states.ts";
import { expectSame, group, PASSED } from "../group.ts";

const count = z.union([z.number().int(), z.literal("inf")]);

const poolCase = z.strictObject({
  id: z.string().optional(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  slots: z.number().int().min(-1),
  include_deferred: z.boolean(),
  /** States of task instances of one slot each. */
  tis: z.array(z.enum(TASK_INSTANCE_STATES)),
  expect: z.strictObject({
    open: count.optional(),
    occupied: count.optional(),
    running: count.optional(),
    queued: count.optional(),
    deferred: count.optional(),
    scheduled: count.optional(),
  }),
});

export const poolAccounting = group<z.infer<typeof poolCase>>({
  shape: poolCase,
  id: (one) => one.id ?? one.airflow_test ?? `${one.slots} slots: ${one.tis.join(", ")}`,
  check(one) {
    const pool = { slots: one.slots, includeDeferred: one.include_deferred };
    const counted = occupancyOf(
      pool,
      one.tis.map((state) => ({ state, slots: 1 })),
    );
    const told = { ...counted, open: counted.open === Number.POSITIVE_INFINITY ? "inf" : counted.open };
    const asked = Object.keys(one.expect) as (keyof typeof one.expect)[];
    expectSame(Object.fromEntries(asked.map((name) => [name, told[name]])), one.expect);
    return PASSED;
  },
});
