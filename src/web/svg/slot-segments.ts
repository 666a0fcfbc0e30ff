/** The slots of a pool as one bar: who has how much of it. */
import { svgMarkup } from "./markup.ts";

export interface SlotSegment {
  readonly state: string;
  readonly slots: number;
}

/** `total` slots wide, or as wide as what is used when there is no limit. */
export function slotSegments(segments: readonly SlotSegment[], total: number) {
  const used = segments.reduce((sum, { slots }) => sum + slots, 0);
  const scale = 100 / Math.max(total, used, 1);
  let x = 0;
  const bars = segments.map(({ state, slots }) => {
    const width = slots * scale;
    const bar = `<rect class="state-${state}" x="${x.toFixed(2)}%" y="0" width="${width.toFixed(2)}%" height="10" fill="var(--solid)"/>`;
    x += width;
    return bar;
  });
  return svgMarkup(
    `<svg class="slot-bar" width="100%" height="10" aria-hidden="true"><rect class="slot-free" width="100%" height="10"/>${bars.join("")}</svg>`,
  );
}
