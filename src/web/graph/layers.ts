/**
 * The order of boxes within their layers: few crossings of edges, found by letting each box stand where the mean of its
 * neighbours stands, layer by layer, to and fro. Edges over several layers are cut into pieces by waypoints, which take
 * part like boxes, so that an edge finds its way between them.
 */
import { type Edge, type Neighbours, neighboursOf } from "./ranks.ts";

export interface Layers {
  /** Boxes first, then waypoints: their number goes on where that of the boxes ends. */
  readonly layers: readonly (readonly number[])[];
  /** Between neighbouring layers only. */
  readonly neighbours: Neighbours;
  /** For each edge, what it runs through: its boxes and the waypoints between them. */
  readonly chains: readonly (readonly number[])[];
  /** Boxes and waypoints. */
  readonly count: number;
}

/** An edge that would need more waypoints than this in all is drawn straight: a drawing of so many helps nobody. */
const MAX_WAYPOINTS = 40_000;
const SMALL = 600;

export function orderLayers(boxCount: number, edges: readonly Edge[], ranks: Int32Array): Layers {
  const { chains, pieces, rankOfAll } = cutEdges(boxCount, edges, ranks);
  const count = rankOfAll.length;
  const neighbours = neighboursOf(count, pieces);
  const layers = firstOrder(rankOfAll, neighbours);
  return { layers: improve(layers, neighbours, count), neighbours, chains, count };
}

function cutEdges(boxCount: number, edges: readonly Edge[], ranks: Int32Array) {
  const rankOfAll = [...ranks];
  const pieces: Edge[] = [];
  const chains = edges.map(([from, to]) => {
    const start = ranks[from] ?? 0;
    const end = ranks[to] ?? 0;
    const chain = [from];
    if (end - start > 1 && rankOfAll.length - boxCount + end - start <= MAX_WAYPOINTS) {
      for (let rank = start + 1; rank < end; rank += 1) chain.push(rankOfAll.push(rank) - 1);
    }
    chain.push(to);
    for (let place = 1; place < chain.length; place += 1) {
      const piece: Edge = [chain[place - 1] ?? from, chain[place] ?? to];
      // An edge that runs backwards, or was not cut, has no say in the order.
      if ((rankOfAll[piece[1]] ?? 0) - (rankOfAll[piece[0]] ?? 0) === 1) pieces.push(piece);
    }
    return chain;
  });
  return { chains, pieces, rankOfAll };
}

/** Depth first from the first layer on, so that what belongs together starts side by side. */
function firstOrder(ranks: readonly number[], { before, after }: Neighbours): number[][] {
  const layers: number[][] = Array.from({ length: Math.max(0, ...ranks) + 1 }, () => []);
  const seen = new Uint8Array(ranks.length);
  const starts = ranks.map((_, item) => item).filter((item) => before[item]?.length === 0);
  const stack = [...starts.reverse()];
  for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
    if (seen[item] === 1) continue;
    seen[item] = 1;
    layers[ranks[item] ?? 0]?.push(item);
    const behind = after[item] ?? [];
    for (let place = behind.length - 1; place >= 0; place -= 1) stack.push(behind[place] ?? 0);
  }
  return layers;
}

function improve(start: number[][], neighbours: Neighbours, count: number): readonly (readonly number[])[] {
  const rounds = count <= SMALL ? 16 : 6;
  let layers = start;
  let best = start;
  let fewest = crossingsOf(start, neighbours, count);
  const places = new Float64Array(count);
  for (let round = 0; round < rounds && fewest > 0; round += 1) {
    const isDown = round % 2 === 0;
    layers = sweep(layers, isDown ? neighbours.before : neighbours.after, isDown, places);
    if (count <= SMALL) for (const place of layers.keys()) switchPairs(layers, place, neighbours, places);
    const crossings = crossingsOf(layers, neighbours, count);
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = layers;
  }
  return best;
}

function sweep(
  layers: number[][],
  beside: readonly (readonly number[])[],
  isDown: boolean,
  places: Float64Array,
): number[][] {
  notePlaces(layers, places);
  const result = [...layers];
  const order = [...layers.keys()];
  for (const rank of isDown ? order : order.reverse()) {
    const layer = result[rank] ?? [];
    const wish = new Map(layer.map((item) => [item, meanPlace(item, beside[item] ?? [], places)]));
    const sorted = [...layer].sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0));
    for (const [place, item] of sorted.entries()) places[item] = place;
    result[rank] = sorted;
  }
  return result;
}

function meanPlace(item: number, beside: readonly number[], places: Float64Array): number {
  if (beside.length === 0) return places[item] ?? 0;
  let sum = 0;
  for (const other of beside) sum += places[other] ?? 0;
  return sum / beside.length;
}

function notePlaces(layers: readonly (readonly number[])[], places: Float64Array): void {
  for (const layer of layers) for (const [place, item] of layer.entries()) places[item] = place;
}

/** Means leave pairs that would cross less the other way round. */
function switchPairs(layers: number[][], rank: number, { before, after }: Neighbours, places: Float64Array): void {
  const layer = layers[rank] ?? [];
  notePlaces(layers.slice(Math.max(0, rank - 1), rank + 2), places);
  for (let place = 1; place < layer.length; place += 1) {
    const left = layer[place - 1] ?? 0;
    const right = layer[place] ?? 0;
    const gain =
      crossingsOfPair(before[left], before[right], places) -
      crossingsOfPair(before[right], before[left], places) +
      crossingsOfPair(after[left], after[right], places) -
      crossingsOfPair(after[right], after[left], places);
    if (gain > 0) {
      layer[place - 1] = right;
      layer[place] = left;
    }
  }
}

function crossingsOfPair(
  left: readonly number[] | undefined,
  right: readonly number[] | undefined,
  places: Float64Array,
): number {
  let count = 0;
  for (const a of left ?? []) for (const b of right ?? []) if ((places[a] ?? 0) > (places[b] ?? 0)) count += 1;
  return count;
}

/** All crossings between neighbouring layers, counted with a tree of sums: a list of pairs would be the square of it. */
export function crossingsOf(layers: readonly (readonly number[])[], { after }: Neighbours, count: number): number {
  const places = new Int32Array(count);
  let crossings = 0;
  for (const [rank, layer] of layers.entries()) {
    const next = layers[rank + 1] ?? [];
    for (const [place, item] of next.entries()) places[item] = place;
    const sums = new Int32Array(next.length + 1);
    let total = 0;
    for (const item of layer) {
      const ends = [...(after[item] ?? [])].map((other) => places[other] ?? 0);
      for (const end of ends) {
        let before = 0;
        for (let node = end + 1; node > 0; node -= node & -node) before += sums[node] ?? 0;
        crossings += total - before;
      }
      for (const end of ends) {
        for (let node = end + 1; node <= next.length; node += node & -node) sums[node] = (sums[node] ?? 0) + 1;
        total += 1;
      }
    }
  }
  return crossings;
}
