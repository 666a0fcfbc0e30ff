/** The graph of a DAG: boxes and frames are links, the lines between them two paths, however many they are. */
import type { HtmlEscapedString } from "hono/utils/html";
import type { TaskInstanceState } from "../../engine/states.ts";
import type { GraphBox, GraphLayout } from "../graph/graph-layout.ts";
import { stateLabel } from "../states.ts";
import { cellPaths } from "./grid-cells.ts";
import { escapeText, round, svgMarkup } from "./markup.ts";

export interface ShownBox {
  readonly href: string;
  /** A second line: what kind it is, or how it went. */
  readonly note: string;
  /** Null while no run is shown. */
  readonly state: TaskInstanceState | null;
  /** Of mapped instances, or of what a closed group holds. */
  readonly counts: readonly { readonly state: TaskInstanceState; readonly count: number }[];
  /** The box that the view is about. */
  readonly isFocus?: boolean;
  /** Where its surroundings are shown. */
  readonly focusHref?: string;
  /** Neighbours that are not drawn. */
  readonly hidden?: { readonly before: number; readonly behind: number };
}

export interface GraphOptions {
  readonly label: string;
  /** A factor of the size it was laid out for; `auto` makes a wide one smaller, as far as it can be read. */
  readonly zoom: number | "auto" | "fit";
  readonly show: (box: GraphBox) => ShownBox;
}

export function graphSvg(layout: GraphLayout, options: GraphOptions): HtmlEscapedString {
  const shown = layout.boxes.map((box) => [box, options.show(box)] as const);
  const hasMore = shown.some(([, { hidden }]) => hidden !== undefined && hidden.before + hidden.behind > 0);
  const margin = hasMore ? MORE_WIDTH : 0;
  const { height } = layout;
  const size = { width: layout.width + 2 * margin, height };
  const frames = shown.filter(([{ type }]) => type === "open").map((one) => frame(...one));
  const boxes = shown.filter(([{ type }]) => type !== "open").map((one) => node(...one));
  return svgMarkup(
    `${spacer(size, options.zoom)}<svg${sizeOf(size, options.zoom)} viewBox="${-margin} 0 ${size.width} ${height}" role="group" aria-label="${escapeText(options.label)}" data-width="${size.width}" data-height="${height}">${frames.join("")}${lines(layout)}${boxes.join("")}</svg>`,
  );
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Room for the way to what is not drawn, beside the outer boxes. */
const MORE_WIDTH = 28;

/** Still readable; a graph that is wider than the page even so is scrolled. */
const LEAST_ZOOM = 0.8;

function sizeOf({ width, height }: Size, zoom: GraphOptions["zoom"]): string {
  if (zoom === "fit") return ' class="graph is-fit"';
  const factor = zoom === "auto" ? 1 : zoom;
  return ` class="${zoom === "auto" ? "graph is-auto" : "graph"}" width="${round(width * factor)}" height="${round(height * factor)}"`;
}

/** Keeps the column that the drawing shrinks into from shrinking further: inline styles are forbidden. */
function spacer({ width }: Size, zoom: GraphOptions["zoom"]): string {
  if (zoom !== "auto") return "";
  return `<svg class="graph-spacer" aria-hidden="true" width="${round(width * LEAST_ZOOM)}" height="0"></svg>`;
}

function lines({ lines: all, joints, direction }: GraphLayout): string {
  const curve = all.map(({ points }) => curveOf(points, direction)).join("");
  const heads = all
    .filter(({ isArrow }) => isArrow)
    .map(({ points }) => {
      const [x, y] = points.slice(-2);
      return direction === "right"
        ? `M${(x ?? 0) - 7} ${(y ?? 0) - 4}l7 4l-7 4z`
        : `M${(x ?? 0) - 4} ${(y ?? 0) - 7}l4 7l4-7z`;
    })
    .join("");
  const dots: string[] = [];
  for (let place = 0; place < joints.length; place += 2) {
    dots.push(`M${(joints[place] ?? 0) - 3} ${joints[place + 1]}a3 3 0 1 0 6 0a3 3 0 1 0-6 0`);
  }
  return `<path class="graph-line" d="${curve}"/><path class="graph-head" d="${heads}${dots.join("")}"/>`;
}

/** Straight along the layers, and bent between them. */
function curveOf(points: readonly number[], direction: GraphLayout["direction"]): string {
  let path = `M${points[0]} ${points[1]}`;
  for (let place = 2; place < points.length; place += 2) {
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = points.slice(place - 2, place + 2);
    const isStraight = direction === "right" ? y1 === y2 : x1 === x2;
    if (isStraight) path += `L${x2} ${y2}`;
    else if (direction === "right") path += `C${round((x1 + x2) / 2)} ${y1} ${round((x1 + x2) / 2)} ${y2} ${x2} ${y2}`;
    else path += `C${x1} ${round((y1 + y2) / 2)} ${x2} ${round((y1 + y2) / 2)} ${x2} ${y2}`;
  }
  return path;
}

function frame(box: GraphBox, shown: ShownBox): string {
  const { x, y, width, height } = box;
  const label = cut(box.label, Math.floor((width - 40) / 7));
  return `<g class="graph-frame"><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>${link(box, shown, "Close the group")}<rect class="hit" x="${x + 4}" y="${y + 2}" width="${Math.min(width - 8, box.label.length * 7.5 + 30)}" height="24" rx="5"/><path class="fold" d="M${x + 12} ${y + 12}l4 4l4-4"/><text x="${x + 26}" y="${y + 18}">${escapeText(label)}</text></a></g>`;
}

function node(box: GraphBox, shown: ShownBox): string {
  const { x, y, width, height } = box;
  const classes = [
    "graph-box",
    ...(shown.state === null ? [] : [`state-${shown.state}`]),
    ...(box.type === "closed" ? ["is-group"] : []),
    ...(shown.isFocus === true ? ["is-focus"] : []),
  ];
  const behind =
    box.type === "closed"
      ? `<rect class="body stack" x="${x + 4}" y="${y + 4}" width="${width}" height="${height}" rx="7"/>`
      : "";
  const mark = `<g transform="translate(${x + 6} ${y + (height - 24) / 2})">${markOf(box, shown)}</g>`;
  const letters = Math.floor((width - 36) / 7);
  const words = `<text class="name" x="${x + 28}" y="${y + 17}">${escapeText(cut(box.label, letters))}</text><text class="note" x="${x + 28}" y="${y + 31}">${escapeText(cutEnd(shown.note, Math.floor((width - 34) / 5.9)))}</text>`;
  return `<g class="${classes.join(" ")}">${link(box, shown, box.type === "closed" ? "Open the group" : "")}${behind}<rect class="body" x="${x}" y="${y}" width="${width}" height="${height}" rx="7"/>${mark}${words}${segments(box, shown)}</a>${hiddenText(box, shown)}</g>`;
}

function markOf(box: GraphBox, { state }: ShownBox): string {
  if (state !== null) return `<g class="cells">${cellPaths(state)}</g>`;
  return box.type === "closed"
    ? '<path class="fold" d="M6 8l4 4l-4 4"/>'
    : '<circle class="dot" cx="8" cy="12" r="3"/>';
}

/** Its title is its name: it says in full what the drawing may cut. */
function link(box: GraphBox, shown: ShownBox, verb: string): string {
  const name = [verb, titleOf(box, shown)].filter((part) => part !== "").join(" ");
  return `<a href="${escapeText(shown.href)}" data-x="${box.x + box.width / 2}" data-y="${box.y + (box.type === "open" ? 12 : box.height / 2)}"><title>${escapeText(name)}</title>`;
}

function titleOf(box: GraphBox, { note, state }: ShownBox): string {
  const words = state === null || note.startsWith(stateLabel(state)) ? note : `${stateLabel(state)}, ${note}`;
  return words === "" ? box.id : `${box.id}: ${words}`;
}

/** A bar at the foot of a box that stands for many: how many of them are in each state. */
function segments({ x, y, width, height }: GraphBox, { counts }: ShownBox): string {
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  if (total < 2) return "";
  let start = x + 8;
  const drawn = counts.map(({ state, count }) => {
    const part = ((width - 16) * count) / total;
    const rect = `<rect class="part state-${state}" x="${round(start)}" y="${y + height - 5}" width="${round(Math.max(1, part))}" height="3"/>`;
    start += part;
    return rect;
  });
  return drawn.join("");
}

/** The way to what is not drawn: the surroundings of this task. Above the lines, which end at the middle of a box. */
function hiddenText(box: GraphBox, { hidden, focusHref }: ShownBox): string {
  if (hidden === undefined || focusHref === undefined) return "";
  const y = box.y + box.height / 2 - 8;
  const more = (count: number, x: number, words: string) =>
    count === 0
      ? ""
      : `<a class="more" href="${escapeText(focusHref)}"><title>${escapeText(`Show ${count} more ${words} ${box.id}`)}</title><rect class="hit" x="${x - 14}" y="${y - 16}" width="28" height="24" rx="5"/><text x="${x}" y="${y}" text-anchor="middle">+${count}</text></a>`;
  return more(hidden.before, box.x - 18, "before") + more(hidden.behind, box.x + box.width + 18, "behind");
}

/** Cut in the middle, where names of one family differ least. */
function cut(text: string, letters: number): string {
  if (text.length <= letters || letters < 5) return text.slice(0, Math.max(letters, 5));
  const head = Math.ceil((letters - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (letters - 1 - head))}`;
}

function cutEnd(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}
