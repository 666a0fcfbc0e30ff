import { type AppContext, notFound } from "../../../auth/context.ts";

export function backfillIdOf(c: AppContext): number {
  const text = (c.req.param() as Record<string, string>)["backfill_id"] ?? "";
  const id = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(id)) throw notFound(c);
  return id;
}
