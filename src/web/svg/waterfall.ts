/**
 * One row of a run's waterfall: when the task instance waited in the queue (pale) and when it ran (solid). Places are
 * percentages, so that rows stretch with their column and need neither script nor inline style.
 */
import type { HtmlEscapedString } from "hono/utils/html";
import type { TaskInstanceState } from "../../engine/states.ts";
import { formatDuration } from "../format.ts";
import { escapeText, round, svgMarkup } from "./markup.ts";

export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

export interface WaterfallRow {
  readonly state: TaskInstanceState;
  readonly queuedAt: number | null;
  readonly startAt: number | null;
  readonly endAt: number | null;
}

const TICKS = [0, 25, 50, 75, 100];

export function waterfallRow(row: WaterfallRow, span: TimeSpan, now: number): HtmlEscapedString {
  const { startAt, queuedAt } = row;
  const end = row.endAt ?? now;
  const rects: string[] = [];
  if (queuedAt !== null && (startAt === null || queuedAt <= startAt)) {
    rects.push(rect({ from: queuedAt, to: startAt ?? end }, span, ' class="is-queued"'));
  }
  if (startAt !== null) rects.push(rect({ from: startAt, to: end }, span, ""));
  return svgMarkup(
    `<svg class="waterfall state-${row.state}" role="img"><title>${escapeText(describe(row, end))}</title>${rects.join("")}</svg>`,
  );
}

export interface WaterfallTry extends WaterfallRow {
  readonly tryNumber: number;
}

/** All tries of a task instance in one row, each in the colour of its end. */
export function waterfallTries(tries: readonly WaterfallTry[], span: TimeSpan, now: number): HtmlEscapedString {
  const words = tries.map((one) => `try ${one.tryNumber}: ${describe(one, one.endAt ?? now)}`).join("; ");
  const within = (part: TimeSpan, attributes: string) =>
    part.to < span.from || part.from > span.to ? "" : rect(part, span, attributes);
  const drawn = tries.map((one) => {
    const end = one.endAt ?? now;
    const queued =
      one.queuedAt === null ? "" : within({ from: one.queuedAt, to: one.startAt ?? end }, ' class="is-queued"');
    const ran = one.startAt === null ? "" : within({ from: one.startAt, to: end }, "");
    return `<g class="state-${one.state}">${queued}${ran}</g>`;
  });
  return svgMarkup(`<svg class="waterfall" role="img"><title>${escapeText(words)}</title>${drawn.join("")}</svg>`);
}

/** The axis above the rows: time since the run began to queue, which may lie before what is shown. */
export function waterfallAxis(span: TimeSpan, beginAt = span.from): HtmlEscapedString {
  const labels = TICKS.map((percent) => {
    const anchor = percent === 0 ? "start" : percent === 100 ? "end" : "middle";
    const sinceBegin = span.from - beginAt + ((span.to - span.from) * percent) / 100;
    const text = sinceBegin === 0 ? "0" : formatDuration(sinceBegin);
    return `<text x="${percent}%" y="14" text-anchor="${anchor}">${text}</text>`;
  });
  return svgMarkup(`<svg class="waterfall-axis" aria-hidden="true">${labels.join("")}</svg>`);
}

function describe(row: WaterfallRow, end: number): string {
  const parts: string[] = [];
  if (row.queuedAt !== null) parts.push(`queued ${formatDuration((row.startAt ?? end) - row.queuedAt)}`);
  if (row.startAt !== null) parts.push(`ran ${formatDuration(end - row.startAt)}`);
  return parts.length === 0 ? "not started" : parts.join(", ");
}

function rect(part: TimeSpan, span: TimeSpan, attributes: string): string {
  const whole = Math.max(1, span.to - span.from);
  const x = Math.max(0, Math.min(100, ((part.from - span.from) / whole) * 100));
  const end = Math.min(100, ((part.to - span.from) / whole) * 100);
  const width = Math.max(0.4, end - x);
  return `<rect${attributes} x="${round(Math.min(x, 99.6))}%" y="5" width="${round(width)}%" height="10" rx="2"/>`;
}
