/** How much longer or shorter something took: a bar to the right or to the left of a middle line. */
import type { HtmlEscapedString } from "hono/utils/html";
import { round, svgMarkup } from "./markup.ts";

const WIDTH = 120;

export function deltaBar(deltaMs: number, mostMs: number): HtmlEscapedString {
  const length = mostMs === 0 ? 0 : (Math.min(Math.abs(deltaMs), mostMs) / mostMs) * (WIDTH / 2 - 2);
  const x = deltaMs < 0 ? WIDTH / 2 - length : WIDTH / 2;
  const side = deltaMs < 0 ? "is-less" : "is-more";
  return svgMarkup(
    `<svg class="delta" aria-hidden="true" width="${WIDTH}" height="16"><path class="axis" d="M${WIDTH / 2} 1v14"/><rect class="${side}" x="${round(x)}" y="4" width="${round(length)}" height="8" rx="2"/></svg>`,
  );
}
