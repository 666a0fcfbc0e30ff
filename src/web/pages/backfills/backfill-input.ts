/** What the form of a new backfill sends, as it was typed, and the request that it comes to. */
import { z } from "zod";
import { localToInstant, offsetAt } from "../../../lib/time-zone.ts";
import {
  type Actor,
  BACKFILL_MAX_ACTIVE_RUNS,
  type BackfillRequest,
  REPROCESS_BEHAVIORS,
  type ReprocessBehavior,
} from "../../../platform.ts";
import { readConfText } from "../../conf-text.ts";
import { formatInstantInput, parseInstant } from "../../instant-input.ts";

const text = z.string().max(200).catch("");
export const backfillForm = z.object({
  from_date: text,
  to_date: text,
  reprocess_behavior: z.enum(REPROCESS_BEHAVIORS).catch("none"),
  run_backwards: z.literal("true").optional().catch(undefined),
  max_active_runs: text,
  dag_run_conf: z.string().max(200_000).catch(""),
});

export interface TypedBackfill {
  readonly from_date: string;
  readonly to_date: string;
  readonly reprocess_behavior: ReprocessBehavior;
  readonly run_backwards?: "true" | undefined;
  readonly max_active_runs: string;
  readonly dag_run_conf: string;
}

const MAX_ACTIVE_RUNS = 10_000;
const WEEK_MS = 7 * 86_400_000;

/** What a form begins with: the last seven days, up to now. */
export function firstTyped(now: number, zone: string): TypedBackfill {
  const local = now - WEEK_MS + offsetAt(now - WEEK_MS, zone);
  const midnight = local - (((local % 86_400_000) + 86_400_000) % 86_400_000);
  const fromAt = zone === "UTC" ? midnight : localToInstant(midnight, zone);
  return {
    from_date: formatInstantInput(fromAt, zone),
    to_date: formatInstantInput(now, zone),
    reprocess_behavior: "none",
    max_active_runs: String(BACKFILL_MAX_ACTIVE_RUNS),
    dag_run_conf: "{}",
  };
}

export type BackfillErrors = Readonly<Record<string, string>>;

export type ReadBackfill =
  | { readonly ok: true; readonly request: BackfillRequest }
  | { readonly ok: false; readonly errors: BackfillErrors };

export function readBackfillForm(typed: TypedBackfill, zone: string, actor: Actor): ReadBackfill {
  const errors: Record<string, string> = {};
  const instantOf = (name: "from_date" | "to_date") => {
    const at = parseInstant(typed[name], zone);
    if (typeof at === "number") return at;
    errors[name] = at === null ? "A backfill needs both ends" : "Expected a date such as 2026-01-31T06:00";
    return 0;
  };
  const fromAt = instantOf("from_date");
  const toAt = instantOf("to_date");
  const maxActiveRuns = Number(typed.max_active_runs.trim() || BACKFILL_MAX_ACTIVE_RUNS);
  if (!Number.isInteger(maxActiveRuns) || maxActiveRuns < 1 || maxActiveRuns > MAX_ACTIVE_RUNS)
    errors["max_active_runs"] = `Expected a whole number from 1 to 10,000, got "${typed.max_active_runs.slice(0, 50)}"`;
  const read = readConfText(typed.dag_run_conf);
  if (!read.ok) errors["dag_run_conf"] = read.error;
  if (!read.ok || Object.keys(errors).length > 0) return { ok: false, errors };
  const { reprocess_behavior: reprocess, run_backwards } = typed;
  const isReverse = run_backwards === "true";
  return { ok: true, request: { fromAt, toAt, isReverse, reprocess, maxActiveRuns, conf: read.conf, actor } };
}

const fields = ["from_date", "to_date", "reprocess_behavior", "run_backwards", "max_active_runs", "dag_run_conf"];

/** At the field that the scheduler names; a param of the conf stands in the conf, what has no field at the form's head. */
export function errorsOf(refusal: { readonly message: string; readonly field: string | null }): BackfillErrors {
  const { field, message } = refusal;
  if (field?.startsWith("conf")) return { dag_run_conf: `${field.replace(/^conf\.?/, "")}: ${message}` };
  return { [fields.find((name) => name === field) ?? ""]: message };
}
