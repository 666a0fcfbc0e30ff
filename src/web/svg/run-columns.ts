/**
 * The head of the grid: one bar per run, as high as the run was long, each a link to its run. A line and a number mark
 * where the version of the DAG changed; a triangle below the bar, runs that somebody triggered.
 */
import type { HtmlEscapedString } from "hono/utils/html";
import type { DagRunType } from "../../engine/states.ts";
import { formatDuration } from "../format.ts";
import { stateLabel } from "../states.ts";
import { CELL_PITCH } from "./grid-cells.ts";
import { escapeText, round, svgMarkup } from "./markup.ts";
import { type BarRun, durationOf } from "./run-bars.ts";

/** Room for the number of a version above the bars, and for the kind of run below. */
const TOP = 14;
const BARS = 52;
const FOOT = 10;
const HEIGHT = TOP + BARS + FOOT;

export interface ColumnRun extends BarRun {
  readonly runId: string;
  readonly runType: DagRunType;
  readonly versionNumber: number;
  readonly href: string;
}

export function runColumns(runs: readonly ColumnRun[], now: number): HtmlEscapedString {
  const longest = Math.max(1, ...runs.map((run) => durationOf(run, now)));
  const columns = runs.map((run, place) => column(run, { x: place * CELL_PITCH, longest, now }));
  const marks = runs.map((run, place) => {
    const before = runs[place - 1]?.versionNumber;
    return before === undefined || before === run.versionNumber
      ? ""
      : versionMark(run.versionNumber, place * CELL_PITCH);
  });
  return svgMarkup(
    `<svg class="bars" width="${runs.length * CELL_PITCH}" height="${HEIGHT}">${columns.join("")}${marks.join("")}</svg>`,
  );
}

function column(run: ColumnRun, place: { readonly x: number; readonly longest: number; readonly now: number }): string {
  const { x } = place;
  const duration = durationOf(run, place.now);
  const height = 5 + (BARS - 5) * (duration / place.longest);
  const isLive = run.endAt === null;
  const inset = isLive ? 0.75 : 0;
  const top = TOP + BARS - height + inset;
  const bar = `<rect${isLive ? ' class="is-live"' : ""} x="${x + 3 + inset}" y="${round(top)}" width="${10 - 2 * inset}" height="${round(height - 2 * inset)}" rx="2"/>`;
  const notch = run.state === "failed" ? `<path class="mark" d="M${x + 5} ${TOP + BARS - 3.5}h6"/>` : "";
  const hit = `<rect class="hit" x="${x}" y="0" width="${CELL_PITCH}" height="${HEIGHT}"/>`;
  const kind = run.runType === "scheduled" ? "" : `<path class="kind" d="${kindMark(run.runType, x)}"/>`;
  const name = escapeText(nameOf(run, duration));
  // The key lets live.js see that a new run would move the columns under a pointer.
  return `<a class="state-${run.state}" href="${escapeText(run.href)}" data-key="${escapeText(`run ${run.runId}`)}" aria-label="${name}"><title>${name}</title>${hit}${bar}${notch}${kind}</a>`;
}

function nameOf(run: ColumnRun, duration: number): string {
  const time = run.startAt === null ? "" : `, ${formatDuration(duration)}`;
  return `${run.runId}: ${stateLabel(run.state)}${time}, ${run.runType.replaceAll("_", " ")}, v${run.versionNumber}`;
}

function kindMark(type: DagRunType, x: number): string {
  const y = TOP + BARS + 2;
  if (type === "manual") return `M${x + 6} ${y}l5 3l-5 3z`;
  return type === "backfill" ? `M${x + 10} ${y}l-5 3l5 3z` : `M${x + 8} ${y}l3 3l-3 3l-3-3z`;
}

function versionMark(versionNumber: number, x: number): string {
  return `<g class="version" aria-hidden="true"><path d="M${x} 2v${HEIGHT - 4}"/><text x="${x + 3}" y="10">v${versionNumber}</text></g>`;
}
