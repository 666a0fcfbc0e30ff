/**
 * The layout of a DAG's graph: boxes for tasks and closed groups, frames for open groups, lines between them. Each open
 * group is laid out by itself and then takes part as one box, so that frames never overlap and what they hold stays
 * together. Numbers are whole pixels: the layout of a version is stored.
 */
import type { TaskSpec } from "../../dag/spec.ts";
import { type GraphSpec, type GraphView, groupPath, groupsById } from "./graph-view.ts";
import { type Leaf, type LeafEdge, type LinkEnd, type Ports, portsOf } from "./group-ports.ts";
import { type LayeredLayout, layOut, type Point } from "./layered-layout.ts";
import type { BoxSize } from "./positions.ts";

export type Direction = "right" | "down";

export interface GraphBox {
  readonly type: "task" | "closed" | "open";
  /** Of the task or the group. */
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface GraphLine {
  /** Alternately x and y. */
  readonly points: readonly number[];
  readonly isArrow: boolean;
}

export interface GraphLayout {
  readonly direction: Direction;
  readonly width: number;
  readonly height: number;
  /** Frames before what they hold. */
  readonly boxes: readonly GraphBox[];
  readonly lines: readonly GraphLine[];
  /** Ports where several lines meet: alternately x and y. */
  readonly joints: readonly number[];
}

export const BOX_HEIGHT = 40;
const FRAME_HEAD = 26;
const FRAME_PAD = 14;
const LAYER_GAP = 44;
const GAP = 14;
const MARGIN = 12;

export function layOutGraph(spec: GraphSpec, view: GraphView, direction: Direction): GraphLayout {
  const drawing = new Drawing(spec, view, direction);
  const root = drawing.level(null);
  drawing.place(null, root, { x: MARGIN, y: MARGIN });
  const [width, height] = direction === "right" ? [root.length, root.breadth] : [root.breadth, root.length];
  return {
    direction,
    width: Math.ceil(width) + 2 * MARGIN,
    height: Math.ceil(height) + 2 * MARGIN,
    boxes: drawing.boxes,
    lines: drawing.lines,
    joints: drawing.joints,
  };
}

interface Item {
  readonly type: GraphBox["type"];
  readonly id: string;
  readonly label: string;
}

/** One group from the inside, or the whole. */
interface Level extends LayeredLayout {
  readonly items: readonly Item[];
  readonly names: ReadonlyMap<string, number>;
  readonly links: Ports["links"];
}

class Drawing {
  readonly boxes: GraphBox[] = [];
  readonly lines: GraphLine[] = [];
  readonly joints: number[] = [];
  readonly #direction: Direction;
  readonly #children = new Map<string | null, Item[]>();
  readonly #ports: Ports;
  readonly #levels = new Map<string, Level>();

  constructor(spec: GraphSpec, view: GraphView, direction: Direction) {
    this.#direction = direction;
    const groups = groupsById(spec);
    const leaves = new Map<string, Leaf>();
    const tasks = spec.tasks.filter(({ taskId }) => view.shown?.has(taskId) ?? true);
    const placed = new Set<string>();
    const add = (parent: string | null, item: Item) => {
      if (placed.has(keyOf(item))) return;
      placed.add(keyOf(item));
      this.#children.set(parent, [...(this.#children.get(parent) ?? []), item]);
    };
    for (const task of tasks) {
      const all = groupPath(task.groupId, groups);
      const closed = all.findIndex((groupId) => !view.isOpen(groupId));
      const path = closed === -1 ? all : all.slice(0, closed);
      for (const [depth, id] of path.entries()) {
        add(path[depth - 1] ?? null, { type: "open", id, label: groups.get(id)?.label ?? id });
      }
      const item = closed === -1 ? taskItem(task) : closedItem(all[closed] ?? "", groups);
      add(path.at(-1) ?? null, item);
      leaves.set(task.taskId, { key: keyOf(item), path });
    }
    this.#ports = portsOf(edgesOf(tasks, leaves));
  }

  level(group: string | null): Level {
    const items = this.#children.get(group) ?? [];
    const entries = group === null ? [] : (this.#ports.entries.get(group) ?? []);
    const exits = group === null ? [] : (this.#ports.exits.get(group) ?? []);
    const names = new Map<string, number>();
    const sizes: BoxSize[] = [];
    for (const item of items) {
      names.set(keyOf(item), sizes.length);
      sizes.push(this.#sizeOf(item));
    }
    for (const port of [...entries, ...exits]) {
      names.set(portKey(group ?? "", port), sizes.length);
      sizes.push({ length: 0, breadth: 6 });
    }
    const numbered = (port: string) => names.get(portKey(group ?? "", port)) ?? 0;
    const links = this.#ports.links.filter(({ level }) => level === group);
    const layout = layOut({
      sizes,
      edges: links.map(({ from, to }) => [this.#itemOf(from, group, names), this.#itemOf(to, group, names)]),
      offsets: links.map(({ from, to }) => [this.#offsetOf(from, group), this.#offsetOf(to, group)]),
      first: new Set(entries.map(numbered)),
      last: new Set(exits.map(numbered)),
      layerGap: LAYER_GAP,
      gap: GAP,
    });
    return { ...layout, items, names, links };
  }

  /** Adds what a level holds to the drawing, from this corner on. */
  place(group: string | null, level: Level, corner: { readonly x: number; readonly y: number }): void {
    for (const [place, item] of level.items.entries()) {
      const start = level.boxes[place] ?? { along: 0, across: 0 };
      const size = this.#sizeOf(item);
      const [width, height] = this.#turned([size.length, size.breadth]);
      const at = this.#toXy({ along: start.along, across: start.across - size.breadth / 2 }, corner);
      const box = { ...item, x: Math.round(at.x), y: Math.round(at.y), width, height };
      this.boxes.push(box);
      if (item.type === "open") this.place(item.id, this.#insideOf(item.id), this.#inner(item.id, box));
    }
    for (const [place, { from, isArrow }] of level.links.entries()) {
      const points = (level.lines[place] ?? []).map((point) => this.#toXy(point, corner));
      const [start] = points;
      // The head of a frame lies between its upper border and its ports.
      const isBelowHead = this.#direction === "down" && from.port !== null && from.box === group;
      if (isBelowHead && start !== undefined) points.unshift({ x: start.x, y: start.y - FRAME_HEAD });
      const whole = points.map(({ x, y }) => [Math.round(x), Math.round(y)] as const);
      const apart = whole.filter(([x, y], at) => at === 0 || whole[at - 1]?.[0] !== x || whole[at - 1]?.[1] !== y);
      this.lines.push({ points: apart.flat(), isArrow });
    }
    this.#addJoints(group, level, corner);
  }

  #addJoints(group: string | null, level: Level, corner: { readonly x: number; readonly y: number }): void {
    if (group === null) return;
    for (const [side, ports] of [
      ["from", this.#ports.entries.get(group)],
      ["to", this.#ports.exits.get(group)],
    ] as const) {
      for (const port of ports ?? []) {
        const isHere = (link: Ports["links"][number]) => link[side].box === group && link[side].port === port;
        if (level.links.filter(isHere).length < 2) continue;
        const at = this.#toXy(
          level.boxes[level.names.get(portKey(group, port)) ?? 0] ?? { along: 0, across: 0 },
          corner,
        );
        this.joints.push(Math.round(at.x), Math.round(at.y));
      }
    }
  }

  #insideOf(group: string): Level {
    const known = this.#levels.get(group) ?? this.level(group);
    this.#levels.set(group, known);
    return known;
  }

  /** Without a port in a border, the frame keeps its distance there. */
  #padsOf(group: string): readonly [before: number, after: number] {
    const has = (ports: ReadonlyMap<string, readonly string[]>) => (ports.get(group)?.length ?? 0) > 0;
    return [has(this.#ports.entries) ? 0 : FRAME_PAD, has(this.#ports.exits) ? 0 : FRAME_PAD];
  }

  #sizeOf(item: Item): BoxSize {
    if (item.type !== "open") {
      const [length, breadth] = this.#turned([boxWidth(item), BOX_HEIGHT]);
      return { length, breadth };
    }
    const inside = this.#insideOf(item.id);
    const [before, after] = this.#padsOf(item.id);
    const [alongHead, acrossHead] = this.#direction === "right" ? [0, FRAME_HEAD] : [FRAME_HEAD, FRAME_PAD];
    return {
      length: Math.ceil(inside.length + before + after + alongHead),
      breadth: Math.ceil(inside.breadth + acrossHead + FRAME_PAD),
    };
  }

  /** Where what a frame holds begins. */
  #inner(group: string, frame: { readonly x: number; readonly y: number }) {
    const [before] = this.#padsOf(group);
    return this.#direction === "right"
      ? { x: frame.x + before, y: frame.y + FRAME_HEAD }
      : { x: frame.x + FRAME_PAD, y: frame.y + FRAME_HEAD + before };
  }

  #itemOf({ box, port }: LinkEnd, group: string | null, names: ReadonlyMap<string, number>): number {
    const isOwnPort = port !== null && box === group;
    return names.get(isOwnPort ? portKey(box, port) : port === null ? box : `open ${box}`) ?? 0;
  }

  /** A line to an open group ends at a port, which may lie off the middle of its border. */
  #offsetOf({ box, port }: LinkEnd, group: string | null): number {
    if (port === null || box === group) return 0;
    const inside = this.#insideOf(box);
    const across = inside.boxes[inside.names.get(portKey(box, port)) ?? 0]?.across ?? 0;
    const { breadth } = this.#sizeOf({ type: "open", id: box, label: "" });
    return across + (this.#direction === "right" ? FRAME_HEAD : FRAME_PAD) - breadth / 2;
  }

  #turned(pair: readonly [number, number]): readonly [number, number] {
    return this.#direction === "right" ? pair : [pair[1], pair[0]];
  }

  #toXy({ along, across }: Point, corner: { readonly x: number; readonly y: number }) {
    const [x, y] = this.#turned([along, across]);
    return { x: corner.x + x, y: corner.y + y };
  }
}

function edgesOf(tasks: readonly TaskSpec[], leaves: ReadonlyMap<string, Leaf>): readonly LeafEdge[] {
  const edges = new Map<string, LeafEdge>();
  for (const task of tasks) {
    const to = leaves.get(task.taskId);
    for (const id of task.upstream) {
      const from = leaves.get(id);
      if (from !== undefined && to !== undefined && from.key !== to.key)
        edges.set(`${from.key}\n${to.key}`, [from, to]);
    }
  }
  return [...edges.values()];
}

function keyOf({ type, id }: Item): string {
  return `${type} ${id}`;
}

function portKey(group: string, port: string): string {
  return `port ${group}\n${port}`;
}

function taskItem(task: TaskSpec): Item {
  return { type: "task", id: task.taskId, label: task.taskId.split(".").at(-1) ?? task.taskId };
}

function closedItem(id: string, groups: ReturnType<typeof groupsById>): Item {
  return { type: "closed", id, label: groups.get(id)?.label ?? id };
}

/** Wide enough for the label in the font of the page, as far as that can be known without measuring it. */
function boxWidth({ label }: Item): number {
  return Math.min(240, Math.max(142, Math.ceil(label.length * 7.4) + 46));
}
