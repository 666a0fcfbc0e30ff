import type { Occupancy } from "../../engine/limits/occupancy.ts";
import { formatCount } from "../format.ts";
import { slotSegments } from "../svg/slot-segments.ts";

/** How full a pool is: a bar, and the same in words. */
export function SlotBar(props: {
  readonly name: string;
  readonly slots: number;
  readonly use: Occupancy;
  readonly isDeferredCounted: boolean;
}) {
  const { use, slots } = props;
  const segments = [
    { state: "running", slots: use.running },
    { state: "queued", slots: use.queued },
    ...(props.isDeferredCounted ? [{ state: "deferred", slots: use.deferred }] : []),
  ].filter((segment) => segment.slots > 0);
  const text =
    slots < 0 ? `${formatCount(use.occupied)} used` : `${formatCount(use.occupied)} of ${formatCount(slots)} used`;
  return (
    <span class="slot-line">
      {slotSegments(segments, slots)}
      <span class="small muted">{text}</span>
    </span>
  );
}
