import type { BackfillView } from "../../../platform.ts";
import { hx } from "../../hx.ts";
import { Icon } from "../../parts/icon.tsx";
import { paths } from "../../paths.ts";

/** What can be done with a backfill that is not completed. Cancelling asks first; pausing can be taken back. */
export function BackfillActions({ backfill }: { readonly backfill: BackfillView }) {
  const { dagId, id, isPaused } = backfill;
  if (backfill.completedAt !== null) return null;
  const cancellation = paths.backfillAction(dagId, id, "cancellation");
  return (
    <>
      <form method="post" action={paths.backfillAction(dagId, id, "pause-state")}>
        <input type="hidden" name="is_paused" value={isPaused ? "false" : "true"} />
        <button type="submit" class="button">
          <Icon name={isPaused ? "play" : "pause"} />
          {isPaused ? "Resume" : "Pause"}
        </button>
      </form>
      <a class="button danger" href={cancellation} {...hx({ get: cancellation, target: "#dialog", swap: "innerHTML" })}>
        <Icon name="ban" />
        Cancel
      </a>
    </>
  );
}
