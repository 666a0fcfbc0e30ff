/**
 * How the edges of a DAG run in and out of its open groups. Edges of one group that lead to the same boxes share a port
 * in its border, so that "all of this group before all of that one" is a line and not a net of them. A port never joins
 * edges with different ends: what the drawing says is what the DAG says.
 */

/** A box of the drawing: a task, or a closed group. */
export interface Leaf {
  readonly key: string;
  /** Open groups around it, from the outermost to the innermost. */
  readonly path: readonly string[];
}

/** An end of a link: a box, or a port in the border of a group. */
export interface LinkEnd {
  /** The box, or the group whose border it is. */
  readonly box: string;
  /** Null for a box. */
  readonly port: string | null;
}

/** A piece of an edge within one group, or outside of all of them. */
export interface Link {
  readonly level: string | null;
  readonly from: LinkEnd;
  readonly to: LinkEnd;
  readonly isArrow: boolean;
}

export interface Ports {
  readonly links: readonly Link[];
  /** By group. */
  readonly entries: ReadonlyMap<string, readonly string[]>;
  readonly exits: ReadonlyMap<string, readonly string[]>;
}

export type LeafEdge = readonly [from: Leaf, to: Leaf];

export function portsOf(edges: readonly LeafEdge[]): Ports {
  const exits = new PortNames(edges, "out");
  const entries = new PortNames(edges, "in");
  const links = new Map<string, Link>();
  for (const [from, to] of edges) {
    const shared = sharedDepth(from.path, to.path);
    const ends: LinkEnd[] = [{ box: from.key, port: null }];
    const levels: (string | null)[] = [];
    for (let depth = from.path.length - 1; depth >= shared; depth -= 1) {
      const group = from.path[depth] ?? "";
      levels.push(group);
      ends.push({ box: group, port: exits.of(from, group) });
    }
    levels.push(shared === 0 ? null : (from.path[shared - 1] ?? null));
    for (let depth = shared; depth < to.path.length; depth += 1) {
      const group = to.path[depth] ?? "";
      ends.push({ box: group, port: entries.of(to, group) });
      levels.push(group);
    }
    ends.push({ box: to.key, port: null });
    for (const [place, level] of levels.entries()) {
      const [start, end] = [ends[place], ends[place + 1]];
      if (start === undefined || end === undefined) continue;
      const key = JSON.stringify([level, start, end]);
      if (!links.has(key)) links.set(key, { level, from: start, to: end, isArrow: end.port === null });
    }
  }
  return { links: [...links.values()], entries: entries.byGroup(), exits: exits.byGroup() };
}

function sharedDepth(a: readonly string[], b: readonly string[]): number {
  let depth = 0;
  while (depth < a.length && depth < b.length && a[depth] === b[depth]) depth += 1;
  return depth;
}

/** One port per group and set of ends beyond its border. */
class PortNames {
  readonly #beyond = new Map<string, Leaf[]>();
  readonly #names = new Map<string, Map<string, string>>();
  readonly #known = new Map<string, string>();
  readonly #direction: "in" | "out";

  constructor(edges: readonly LeafEdge[], direction: "in" | "out") {
    this.#direction = direction;
    for (const [from, to] of edges) {
      const [near, far] = direction === "out" ? [from, to] : [to, from];
      const list = this.#beyond.get(near.key) ?? [];
      list.push(far);
      this.#beyond.set(near.key, list);
    }
  }

  of(leaf: Leaf, group: string): string {
    const asked = `${leaf.key}\n${group}`;
    const known = this.#known.get(asked);
    if (known !== undefined) return known;
    const beyond = (this.#beyond.get(leaf.key) ?? []).filter(({ path }) => !path.includes(group));
    const ends = beyond
      .map(({ key }) => key)
      .sort()
      .join("\n");
    const names = this.#names.get(group) ?? new Map<string, string>();
    this.#names.set(group, names);
    const name = names.get(ends) ?? `${this.#direction} ${names.size}`;
    names.set(ends, name);
    this.#known.set(asked, name);
    return name;
  }

  byGroup(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#names].map(([group, names]) => [group, [...names.values()]]));
  }
}
