/**
 * The calendar of a DAG: a square per day or hour. How full it is tells how many runs there were; a cross, that one
 * failed; a hollow one, that one is under way; a dotted one, that a run is planned. Words are in the table below it.
 */
import type { HtmlEscapedString } from "hono/utils/html";
import { escapeText, svgMarkup } from "./markup.ts";

export interface CalendarSquare {
  readonly column: number;
  readonly row: number;
  /** Null where there is nothing to open. */
  readonly href: string | null;
  readonly title: string;
  readonly kind: "none" | "success" | "failed" | "live" | "planned";
  /** From 1 to 4: how many, beside the busiest. */
  readonly level: number;
}

export interface CalendarLabel {
  readonly text: string;
  readonly column: number;
  readonly row: number;
}

const PITCH = 15;
const SIZE = 12;
const LEFT = 42;
const TOP = 18;

export function calendarSvg(options: {
  readonly columnCount: number;
  readonly rowCount: number;
  readonly squares: readonly CalendarSquare[];
  readonly columnLabels: readonly CalendarLabel[];
  readonly rowLabels: readonly CalendarLabel[];
}): HtmlEscapedString {
  const width = LEFT + options.columnCount * PITCH;
  const height = TOP + options.rowCount * PITCH;
  const above = options.columnLabels.map(
    ({ text, column }) => `<text x="${LEFT + column * PITCH}" y="11">${escapeText(text)}</text>`,
  );
  const beside = options.rowLabels.map(
    ({ text, row }) =>
      `<text x="${LEFT - 6}" y="${TOP + row * PITCH + 10}" text-anchor="end">${escapeText(text)}</text>`,
  );
  return svgMarkup(
    `<svg class="calendar" width="${width}" height="${height}" aria-hidden="true">${above.join("")}${beside.join("")}${options.squares.map(square).join("")}</svg>`,
  );
}

function square({ column, row, href, title, kind, level }: CalendarSquare): string {
  const x = LEFT + column * PITCH;
  const y = TOP + row * PITCH;
  const inset = kind === "live" || kind === "planned" ? 0.75 : 0;
  const mark = kind === "failed" ? `<path class="mark" d="M${x + 3.5} ${y + 3.5}l5 5m0-5l-5 5"/>` : "";
  const rect = `<rect class="is-${kind} level-${level}" x="${x + inset}" y="${y + inset}" width="${SIZE - 2 * inset}" height="${SIZE - 2 * inset}" rx="2.5"/>`;
  if (kind === "none") return rect;
  const inner = `<title>${escapeText(title)}</title>${rect}${mark}`;
  return href === null ? `<g>${inner}</g>` : `<a href="${escapeText(href)}" tabindex="-1">${inner}</a>`;
}
