import type { BackfillProgress } from "../../../catalog/sql/backfills.ts";
import type { BackfillView } from "../../../platform.ts";
import { counted, formatCount } from "../../format.ts";
import { Icon } from "../../parts/icon.tsx";
import { slotSegments } from "../../svg/slot-segments.ts";

export function runCountOf({ queued, running, success, failed }: BackfillProgress): number {
  return queued + running + success + failed;
}

/** How far it is: a bar, and the same in words. */
export function ProgressBar({ progress }: { readonly progress: BackfillProgress }) {
  const { running, success, failed } = progress;
  const total = runCountOf(progress);
  const segments = Object.entries({ success, failed, running }).map(([state, slots]) => ({ state, slots }));
  const words = [
    `${formatCount(success + failed)} of ${counted(total, "run")} ended`,
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(running > 0 ? [`${formatCount(running)} running`] : []),
  ];
  return (
    <span class="slot-line">
      {slotSegments(segments, total)}
      <span class="small muted">{words.join(", ")}</span>
    </span>
  );
}

/** Completed is told by the rows; a paused one is not completed. */
export function BackfillBadge({ backfill }: { readonly backfill: BackfillView }) {
  if (backfill.completedAt !== null) {
    return (
      <span class="badge state-success">
        <Icon name="check" />
        completed
      </span>
    );
  }
  return backfill.isPaused ? (
    <span class="badge state-up_for_reschedule">
      <Icon name="pause" />
      paused
    </span>
  ) : (
    <span class="badge state-running">
      <Icon name="loader" />
      under way
    </span>
  );
}
