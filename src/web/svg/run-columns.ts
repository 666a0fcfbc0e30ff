/** The head of the grid: one bar per run, as high as the run was long, each a link to its run. */
import type { HtmlEscapedString } from "hono/utils/html";
import { formatDuration } from "../format.ts";
import { stateLabel } from "../states.ts";
import { CELL_PITCH } from "./grid-cells.ts";
import { escapeText, round, svgMarkup } from "./markup.ts";
import { type BarRun, durationOf } from "./run-bars.ts";

const HEIGHT = 56;

export interface ColumnRun extends BarRun {
  readonly runId: string;
  readonly href: string;
}

export function runColumns(runs: readonly ColumnRun[], now: number): HtmlEscapedString {
  const longest = Math.max(1, ...runs.map((run) => durationOf(run, now)));
  const columns = runs.map((run, place) => {
    const x = place * CELL_PITCH;
    const duration = durationOf(run, now);
    const height = 5 + (HEIGHT - 5) * (duration / longest);
    const isLive = run.endAt === null;
    const name = `${run.runId}: ${stateLabel(run.state)}${run.startAt === null ? "" : `, ${formatDuration(duration)}`}`;
    const inset = isLive ? 0.75 : 0;
    const bar = `<rect${isLive ? ' class="is-live"' : ""} x="${x + 3 + inset}" y="${round(HEIGHT - height + inset)}" width="${10 - 2 * inset}" height="${round(height - 2 * inset)}" rx="2"/>`;
    const notch = run.state === "failed" ? `<path class="mark" d="M${x + 5} ${HEIGHT - 3.5}h6"/>` : "";
    const hit = `<rect class="hit" x="${x}" y="0" width="${CELL_PITCH}" height="${HEIGHT}"/>`;
    return `<a class="state-${run.state}" href="${escapeText(run.href)}" aria-label="${escapeText(name)}"><title>${escapeText(name)}</title>${hit}${bar}${notch}</a>`;
  });
  return svgMarkup(
    `<svg class="bars" width="${runs.length * CELL_PITCH}" height="${HEIGHT}">${columns.join("")}</svg>`,
  );
}
