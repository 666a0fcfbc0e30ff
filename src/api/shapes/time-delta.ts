import { z } from "zod";

/** Airflow's form of a duration. */
export const timeDelta = z.object({
  __type: z.literal("TimeDelta"),
  days: z.number().int(),
  seconds: z.number().int(),
  microseconds: z.number().int(),
});

export function timeDeltaJson(ms: number): z.input<typeof timeDelta> {
  const days = Math.floor(ms / 86_400_000);
  const rest = ms - days * 86_400_000;
  return {
    __type: "TimeDelta",
    days,
    seconds: Math.floor(rest / 1_000),
    microseconds: Math.round((rest % 1_000) * 1_000),
  };
}
