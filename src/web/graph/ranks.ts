/**
 * Which layer each box of a graph stands in: behind all that it depends on, and as near to what depends on it as that
 * allows, so that edges are short. Cycles, which only folded groups can make, are opened at the edge that closes them.
 */

/** Boxes are numbers from 0; an edge is a pair of them. */
export type Edge = readonly [from: number, to: number];

export interface RankOptions {
  readonly count: number;
  readonly edges: readonly Edge[];
  /** Boxes that must stand in the first or in the last layer: the ports of a group. */
  readonly first?: ReadonlySet<number>;
  readonly last?: ReadonlySet<number>;
}

export interface Neighbours {
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
}

export function neighboursOf(count: number, edges: readonly Edge[]): Neighbours {
  const before: number[][] = Array.from({ length: count }, () => []);
  const after: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of edges) {
    after[from]?.push(to);
    before[to]?.push(from);
  }
  return { before, after };
}

/** The layer of each box, from 0 without gaps at its start. */
export function ranksOf({ count, edges, first, last }: RankOptions): Int32Array {
  const order = topologicalOrder(count, edges);
  const place = new Int32Array(count);
  for (const [index, box] of order.entries()) place[box] = index;
  const forward = edges.filter(([from, to]) => at(place, from) < at(place, to));
  const { before, after } = neighboursOf(count, forward);
  const base = first !== undefined && first.size > 0 ? 1 : 0;
  const ranks = new Int32Array(count);
  for (const box of order) {
    let rank = first?.has(box) ? 0 : base;
    for (const other of before[box] ?? []) rank = Math.max(rank, at(ranks, other) + 1);
    ranks[box] = rank;
  }
  // What only feeds others moves up to the first of them.
  for (const box of [...order].reverse()) {
    const behind = after[box] ?? [];
    if (behind.length <= (before[box]?.length ?? 0) || first?.has(box)) continue;
    ranks[box] = Math.min(...behind.map((other) => at(ranks, other))) - 1;
  }
  if (last !== undefined && last.size > 0) {
    const end = ranks.reduce((most, rank, box) => (last.has(box) ? most : Math.max(most, rank)), 0) + 1;
    for (const box of last) ranks[box] = end;
  }
  return ranks;
}

/** Depth first, without recursion: a chain may be as long as the graph. Boxes keep their given order where they can. */
function topologicalOrder(count: number, edges: readonly Edge[]): readonly number[] {
  const { after } = neighboursOf(count, edges);
  const seen = new Uint8Array(count);
  const done: number[] = [];
  for (let start = count - 1; start >= 0; start -= 1) {
    if (seen[start] === 1) continue;
    const stack: { readonly box: number; next: number }[] = [{ box: start, next: 0 }];
    seen[start] = 1;
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const behind = after[top.box] ?? [];
      const other = behind[behind.length - 1 - top.next];
      if (other === undefined) {
        done.push(top.box);
        stack.pop();
      } else {
        top.next += 1;
        if (seen[other] === 0) {
          seen[other] = 1;
          stack.push({ box: other, next: 0 });
        }
      }
    }
  }
  return done.reverse();
}

function at(values: Int32Array, index: number): number {
  return values[index] ?? 0;
}
