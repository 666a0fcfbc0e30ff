import type { HtmlEscapedString } from "hono/utils/html";
import type { DagRunState } from "../../engine/states.ts";
import { formatDuration } from "../format.ts";
import { escapeText, round, svgMarkup } from "./markup.ts";

export interface BarRun {
  readonly state: DagRunState;
  readonly startAt: number | null;
  readonly endAt: number | null;
}

const SLOTS = 14;
const PITCH = 8;
const WIDTH = 6;
const HEIGHT = 22;

/** The last 14 runs, oldest first: height is duration, a notch marks a failure, a hollow bar is not finished. */
export function runBars(
  runs: readonly BarRun[],
  options: { readonly label: string; readonly now: number },
): HtmlEscapedString {
  const shown = runs.slice(-SLOTS);
  const longest = Math.max(1, ...shown.map((run) => durationOf(run, options.now)));
  const first = SLOTS - shown.length;
  const bars = shown.map((run, place) => bar(run, { x: (first + place) * PITCH, longest, now: options.now }));
  const empty = Array.from(
    { length: first },
    (_, place) => `<rect class="slot" x="${place * PITCH}" y="${HEIGHT - 2}" width="${WIDTH}" height="2" rx="1"/>`,
  );
  const width = SLOTS * PITCH - (PITCH - WIDTH);
  return svgMarkup(
    `<svg class="bars" role="img" aria-label="${escapeText(options.label)}" width="${width}" height="${HEIGHT}">${empty.join("")}${bars.join("")}</svg>`,
  );
}

export function durationOf(run: BarRun, now: number): number {
  return run.startAt === null ? 0 : Math.max(0, (run.endAt ?? now) - run.startAt);
}

function bar(run: BarRun, place: { readonly x: number; readonly longest: number; readonly now: number }): string {
  const duration = durationOf(run, place.now);
  const height = 5 + (HEIGHT - 5) * (duration / place.longest);
  const title = `<title>${run.state}${run.startAt === null ? "" : `, ${formatDuration(duration)}`}</title>`;
  const isLive = run.endAt === null;
  const inset = isLive ? 0.75 : 0;
  const rect = `<rect${isLive ? ' class="is-live"' : ""} x="${place.x + inset}" y="${round(HEIGHT - height + inset)}" width="${WIDTH - 2 * inset}" height="${round(height - 2 * inset)}" rx="1.5"/>`;
  const notch = run.state === "failed" ? `<path class="mark" d="M${place.x + 1} ${HEIGHT - 2.5}h4"/>` : "";
  return `<g class="state-${run.state}">${title}${rect}${notch}</g>`;
}
