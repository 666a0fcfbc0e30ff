/** How long the runs of a DAG took: a bar each, pale where it waited and solid where it ran, and the median as a line. */
import type { HtmlEscapedString } from "hono/utils/html";
import type { DagRunState } from "../../engine/states.ts";
import { formatDuration } from "../format.ts";
import { escapeText, round, svgMarkup } from "./markup.ts";

export interface DurationBar {
  readonly state: DagRunState;
  readonly queuedMs: number;
  readonly ranMs: number;
  readonly isLive: boolean;
  readonly href: string;
  readonly name: string;
}

const HEIGHT = 180;
const LEFT = 52;
const BARS = 150;
const TOP = 8;

export function durationChart(bars: readonly DurationBar[], medianMs: number | null): HtmlEscapedString {
  const most = niceAbove(Math.max(1_000, ...bars.map(({ queuedMs, ranMs }) => queuedMs + ranMs)));
  const y = (ms: number) => TOP + BARS * (1 - ms / most);
  const pitch = Math.min(44, Math.max(8, Math.floor(1_000 / Math.max(1, bars.length))));
  const width = LEFT + bars.length * pitch + 8;
  const lines = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = round(y(most * part));
    return `<path class="tick" d="M${LEFT} ${at}h${width - LEFT}"/><text x="${LEFT - 6}" y="${Number(at) + 4}" text-anchor="end">${part === 0 ? "0" : formatDuration(most * part)}</text>`;
  });
  const drawn = bars.map((bar, place) => {
    const x = LEFT + place * pitch + pitch * 0.15;
    const breadth = round(pitch * 0.7);
    const solid = Math.max(1.5, (BARS * bar.ranMs) / most);
    const pale = (BARS * bar.queuedMs) / most;
    const name = escapeText(bar.name);
    const bottom = TOP + BARS;
    const mark =
      bar.state === "failed"
        ? `<path class="mark" d="M${round(x + pitch * 0.2)} ${bottom - 3.5}h${round(pitch * 0.3)}"/>`
        : "";
    return `<a class="state-${bar.state}" href="${escapeText(bar.href)}" aria-label="${name}"><title>${name}</title><rect class="hit" x="${round(LEFT + place * pitch)}" y="0" width="${pitch}" height="${HEIGHT}"/><rect class="is-queued" x="${round(x)}" y="${round(bottom - solid - pale)}" width="${breadth}" height="${round(pale)}"/><rect${bar.isLive ? ' class="is-live"' : ""} x="${round(x)}" y="${round(bottom - solid)}" width="${breadth}" height="${round(solid)}" rx="1.5"/>${mark}</a>`;
  });
  const median =
    medianMs === null
      ? ""
      : `<g class="median"><path d="M${LEFT} ${round(y(medianMs))}h${width - LEFT}"/><title>Median ${formatDuration(medianMs)}</title></g>`;
  return svgMarkup(
    `<svg class="bars durations" role="group" aria-label="Durations of the runs, oldest first" width="${width}" height="${HEIGHT}">${lines.join("")}${drawn.join("")}${median}</svg>`,
  );
}

/** A round number of seconds, minutes or hours, so that the lines can be read. */
function niceAbove(ms: number): number {
  const unit = ms <= 120_000 ? 1_000 : ms <= 7_200_000 ? 60_000 : 3_600_000;
  const steps = [1, 2, 4, 8, 10, 20, 40, 60, 80, 100, 120, 160, 200, 400, 800, 1_000, 2_000, 4_000, 8_000];
  const step = steps.find((count) => count * unit >= ms);
  return step === undefined ? ms : step * unit;
}
