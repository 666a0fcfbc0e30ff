/** Runs over time: one bar per part of the range, its states stacked, failures at the bottom where they are compared best. */
import type { HtmlEscapedString } from "hono/utils/html";
import type { DagRunState } from "../../engine/states.ts";
import { escapeText, round, svgMarkup } from "./markup.ts";

export interface HistoryBar {
  /** What part of the range it is, for its title. */
  readonly label: string;
  readonly counts: Readonly<Partial<Record<DagRunState, number>>>;
}

const ORDER: readonly DagRunState[] = ["failed", "running", "queued", "success"];
const HEIGHT = 96;
const PITCH = 10;
const WIDTH = 8;

export function historyBars(bars: readonly HistoryBar[], label: string): HtmlEscapedString {
  const totals = bars.map(({ counts }) => ORDER.reduce((sum, state) => sum + (counts[state] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const shapes = bars.map((bar, place) => stack(bar, place * PITCH, most));
  const width = bars.length * PITCH;
  return svgMarkup(
    `<svg class="history" role="img" aria-label="${escapeText(label)}" viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" width="100%" height="${HEIGHT}"><path class="history-base" d="M0 ${HEIGHT - 0.5}h${width}"/>${shapes.join("")}</svg>`,
  );
}

function stack(bar: HistoryBar, x: number, most: number): string {
  let y = HEIGHT - 1;
  const parts = ORDER.flatMap((state) => {
    const count = bar.counts[state] ?? 0;
    if (count === 0) return [];
    // What happened once among thousands is still seen.
    const height = Math.max(1.5, (count / most) * (HEIGHT - 4));
    y -= height;
    return [
      `<rect class="state-${state}" x="${x + 1}" y="${round(Math.max(0, y))}" width="${WIDTH}" height="${round(height)}"/>`,
    ];
  });
  const words = ORDER.flatMap((state) => (bar.counts[state] ? [`${bar.counts[state]} ${state}`] : []));
  const title = `<title>${escapeText(`${bar.label}: ${words.join(", ") || "nothing"}`)}</title>`;
  return `<g>${title}<rect class="history-hit" x="${x}" y="0" width="${PITCH}" height="${HEIGHT}"/>${parts.join("")}</g>`;
}
