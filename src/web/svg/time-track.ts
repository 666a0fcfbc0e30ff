/** Where between now and a later instant something lies: a line with a dot. */
import type { HtmlEscapedString } from "hono/utils/html";
import { round, svgMarkup } from "./markup.ts";

export function timeTrack(share: number): HtmlEscapedString {
  // Short of the ends, where half of the dot would be cut off.
  const x = 4 + Math.min(1, Math.max(0, share)) * 92;
  return svgMarkup(
    `<svg class="track" width="100%" height="12" aria-hidden="true"><line x1="0" x2="100%" y1="6" y2="6"/><circle cx="${round(x)}%" cy="6" r="4"/></svg>`,
  );
}
