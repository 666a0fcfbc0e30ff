/**
 * The cells of one row of the grid: one path per state, so that a row of 25 runs is a handful of elements. Each state
 * has a mark as well as a colour, because twelve hues that everyone can tell apart do not exist.
 */
import type { HtmlEscapedString } from "hono/utils/html";
import { TASK_INSTANCE_STATES, type TaskInstanceState } from "../../engine/states.ts";
import { escapeText, svgMarkup } from "./markup.ts";

export const CELL_PITCH = 16;
const HEIGHT = 24;

/** Path data of a cell whose box begins at x; `fill`, `mark` and the like are the classes of grid.css. */
type Shape = Readonly<Record<string, (x: number) => string>>;

const box = (x: number) => `M${x + 3} 7h10v10h-10z`;
const hollow = (x: number) => `M${x + 3.5} 7.500h9v9h-9z`;
const ring = (x: number) => `M${x + 3.5} 12a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0`;
const dot = (size: number) => (x: number) => `M${x + 8 - size / 2} ${12 - size / 2}h${size}v${size}h-${size}z`;

const shapes: Readonly<Record<TaskInstanceState, Shape>> = {
  success: { fill: box },
  failed: { fill: box, mark: (x) => `M${x + 5.5} 9.500l5 5m0-5l-5 5` },
  upstream_failed: { fill: box, mark: (x) => `M${x + 8} 15v-6m-2.5 2.500l2.5-2.500l2.5 2.5` },
  up_for_retry: { fill: box, mark: (x) => `M${x + 5.5} 12a2.5 2.5 0 1 0 2.5-2.500m0 0l1.5-1.500m-1.5 1.500l1.5 1.5` },
  running: { ground: box, fill: (x) => `M${x + 3} 12h10v5h-10z` },
  restarting: { ground: box, fill: (x) => `M${x + 3} 12h10v5h-10z` },
  up_for_reschedule: { hollow: ring },
  deferred: { hollow: ring, "ink-mark": (x) => `M${x + 8} 10v2h1.5` },
  queued: { ground: box, fill: dot(4) },
  scheduled: { ground: box, fill: dot(1.5) },
  skipped: { hollow, "ink-mark": (x) => `M${x + 6} 14l4-4` },
  none: { dashed: hollow },
  removed: { dashed: hollow, "ink-mark": (x) => `M${x + 6} 14l4-4` },
};

export interface GridRow {
  readonly label: string;
  /** Absent for a group: its cells open the run. */
  readonly taskId: string | null;
  /** One per run, in the order of the columns; null where the run has no such task instance. */
  readonly states: readonly (TaskInstanceState | null)[];
  /** How many mapped instances each cell stands for. */
  readonly counts?: readonly number[];
}

/** One letter per cell: names would be most of a large grid. The grid itself says what they mean. */
const LETTERS = "abcdefghijklm";

function letterOf(state: TaskInstanceState | null): string {
  return state === null ? "-" : (LETTERS[TASK_INSTANCE_STATES.indexOf(state)] ?? "-");
}

/** What the letters of `data-cells` mean, for grid.js. */
export function cellLetters(): string {
  return JSON.stringify(
    Object.fromEntries(TASK_INSTANCE_STATES.map((state) => [letterOf(state), state.replaceAll("_", " ")])),
  );
}

/**
 * Few elements, because there are many rows: one path per state and layer, and one for all marks, whose colour is that
 * of the page. What a cell says stands in data-cells; grid.js makes a title of it.
 */
export function gridCells(row: GridRow): HtmlEscapedString {
  const layers = new Map<string, string>();
  let marks = "";
  for (const [column, state] of row.states.entries()) {
    if (state === null) continue;
    for (const [layer, draw] of Object.entries(shapes[state])) {
      const d = draw(column * CELL_PITCH);
      if (layer === "mark") marks += d;
      else {
        const classes = layer === "fill" ? `state-${state}` : `state-${state} ${layer}`;
        layers.set(classes, (layers.get(classes) ?? "") + d);
      }
    }
  }
  const drawn = [...layers].map(([classes, d]) => `<path class="${classes}" d="${d}"/>`);
  if (marks !== "") drawn.push(`<path class="mark" d="${marks}"/>`);
  const task = row.taskId === null ? "" : ` data-task="${escapeText(row.taskId)}"`;
  const counts = row.counts === undefined ? "" : ` data-counts="${row.counts.join(" ")}"`;
  return svgMarkup(
    `<svg class="cells" aria-hidden="true" width="${row.states.length * CELL_PITCH}" height="${HEIGHT}" data-label="${escapeText(row.label)}"${task} data-cells="${row.states.map(letterOf).join("")}"${counts}>${drawn.join("")}</svg>`,
  );
}

/** A single cell, for the legend. */
export function legendCell(state: TaskInstanceState): HtmlEscapedString {
  return svgMarkup(
    `<svg class="cells" aria-hidden="true" width="16" height="16" viewBox="0 4 16 16"><g class="state-${state}">${cellPaths(state)}</g></svg>`,
  );
}

/** The paths of one cell, in a box 16 wide with its middle at 12; whoever draws it says which state it is. */
export function cellPaths(state: TaskInstanceState): string {
  return Object.entries(shapes[state])
    .map(([layer, draw]) => `<path${layer === "fill" ? "" : ` class="${layer}"`} d="${draw(0)}"/>`)
    .join("");
}
