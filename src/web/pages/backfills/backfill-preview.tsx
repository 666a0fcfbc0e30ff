import type { BackfillDate } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { counted, formatCount } from "../../format.ts";
import { Instant } from "../../parts/instant.tsx";

export interface PreviewProps {
  /** In the order in which they start; null while the question cannot be answered. */
  readonly dates: readonly BackfillDate[] | null;
  /** Why it cannot be answered. */
  readonly problems: readonly string[];
}

export const BACKFILL_PREVIEW = domId("backfill", "preview");
const SHOWN = 500;

/** Exactly what a backfill would do, before it does. */
export function BackfillPreview({ dates, problems }: PreviewProps) {
  return (
    <div class="stack" id={BACKFILL_PREVIEW} role="status">
      {dates === null ? problems.map((problem) => <p class="muted">{problem}</p>) : <DateList dates={dates} />}
    </div>
  );
}

function DateList({ dates }: { readonly dates: readonly BackfillDate[] }) {
  const runCount = dates.filter(({ skipped }) => skipped === null).length;
  const skippedCount = dates.length - runCount;
  return (
    <>
      <p>
        <strong>{counted(runCount, "run")}</strong> would start, in this order
        {skippedCount > 0 && `; ${counted(skippedCount, "date")} would be left out`}:
      </p>
      <ul class="scroll-list" aria-label="What would run" tabindex={0}>
        {dates.slice(0, SHOWN).map((date) => (
          <li>
            <Instant at={date.logicalAt} /> <span class="muted">{wordsOf(date)}</span>
          </li>
        ))}
      </ul>
      {dates.length > SHOWN && <p class="muted">and {formatCount(dates.length - SHOWN)} more</p>}
    </>
  );
}

function wordsOf({ skipped, isAgain }: BackfillDate): string {
  if (skipped === "in flight") return "left out: its run is under way";
  if (skipped === "already exists") return "left out: it has a run";
  return isAgain ? "its run, again" : "a new run";
}
