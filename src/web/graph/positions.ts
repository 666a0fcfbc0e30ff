/**
 * Where boxes stand across their layers: as near to their neighbours as the order and the gaps allow. Each layer is a
 * least-squares problem with an exact solution in linear time (the wishes, made monotone by merging those that clash).
 */
import type { Layers } from "./layers.ts";

export interface BoxSize {
  /** Along the direction of the edges. */
  readonly length: number;
  /** Across it. */
  readonly breadth: number;
}

export interface PositionOptions extends Layers {
  readonly sizes: readonly BoxSize[];
  readonly gap: number;
  /** How far from the middle of the box each edge leaves and arrives, by edge; 0 where it is absent. */
  readonly offsets?: readonly (readonly [number, number])[];
}

const ROUNDS = 10;
const WAYPOINT_BREADTH = 2;

/** The middle of each box and waypoint across the layers, from 0 on, and how much room all of them take. */
export function positionsOf(options: PositionOptions): { readonly middle: Float64Array; readonly breadth: number } {
  const { layers, count } = options;
  const middle = new Float64Array(count);
  const gaps = layers.map((layer) => gapsOf(layer, options));
  for (const [rank, layer] of layers.entries()) {
    const sums = gaps[rank] ?? [];
    const half = (sums.at(-1) ?? 0) / 2;
    for (const [place, item] of layer.entries()) middle[item] = (sums[place] ?? 0) - half;
  }
  const pulls = pullsOf(options);
  for (let round = 0; round < ROUNDS; round += 1) {
    const isLast = round >= ROUNDS - 2;
    const ranks = [...layers.keys()];
    for (const rank of round % 2 === 0 ? ranks : ranks.reverse()) {
      const sides = isLast ? [pulls.before, pulls.after] : [round % 2 === 0 ? pulls.before : pulls.after];
      settle(layers[rank] ?? [], gaps[rank] ?? [], sides, middle);
    }
  }
  return moveToZero(options, middle);
}

interface Pull {
  readonly other: number;
  readonly weight: number;
  /** Added to the place of the other to get the wish. */
  readonly shift: number;
}
type Pulls = readonly (readonly Pull[])[];

/** Distances between the middles of a layer, summed up from its first box. */
function gapsOf(layer: readonly number[], { sizes, gap }: PositionOptions): readonly number[] {
  const sums: number[] = [];
  let sum = 0;
  for (const [place, item] of layer.entries()) {
    const previous = layer[place - 1];
    if (previous !== undefined) {
      const isBetweenWays = sizes[item] === undefined && sizes[previous] === undefined;
      sum += (breadthOf(sizes, previous) + breadthOf(sizes, item)) / 2 + (isBetweenWays ? gap / 2 : gap);
    }
    sums.push(sum);
  }
  return sums;
}

function breadthOf(sizes: readonly BoxSize[], item: number): number {
  return sizes[item]?.breadth ?? WAYPOINT_BREADTH;
}

/** Long edges pull hardest, so that they run straight. */
function pullsOf({ chains, sizes, count, offsets }: PositionOptions): {
  readonly before: Pulls;
  readonly after: Pulls;
} {
  const before: Pull[][] = Array.from({ length: count }, () => []);
  const after: Pull[][] = Array.from({ length: count }, () => []);
  for (const [edge, chain] of chains.entries()) {
    const [leave, arrive] = offsets?.[edge] ?? [0, 0];
    for (let place = 1; place < chain.length; place += 1) {
      const from = chain[place - 1] ?? 0;
      const to = chain[place] ?? 0;
      const ways = Number(sizes[from] === undefined) + Number(sizes[to] === undefined);
      const weight = [1, 2, 8][ways] ?? 1;
      const shift = (place === 1 ? leave : 0) - (place === chain.length - 1 ? arrive : 0);
      before[to]?.push({ other: from, weight, shift });
      after[from]?.push({ other: to, weight, shift: -shift });
    }
  }
  return { before, after };
}

function settle(
  layer: readonly number[],
  sums: readonly number[],
  sides: readonly Pulls[],
  middle: Float64Array,
): void {
  // Blocks of boxes that touch: where the first of them would stand if only the block's wishes counted.
  const blocks: { wish: number; weight: number; size: number }[] = [];
  for (const [place, item] of layer.entries()) {
    let sum = 0;
    let weight = 0;
    for (const side of sides) {
      for (const pull of side[item] ?? []) {
        sum += pull.weight * ((middle[pull.other] ?? 0) + pull.shift);
        weight += pull.weight;
      }
    }
    // Without a neighbour it stays, unless somebody pushes.
    const wish = weight === 0 ? (middle[item] ?? 0) : sum / weight;
    let block = { wish: wish - (sums[place] ?? 0), weight: weight === 0 ? 0.1 : weight, size: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.wish >= block.wish; last = blocks.at(-1)) {
      const all = last.weight + block.weight;
      block = {
        wish: (last.wish * last.weight + block.wish * block.weight) / all,
        weight: all,
        size: last.size + block.size,
      };
      blocks.pop();
    }
    blocks.push(block);
  }
  let place = 0;
  for (const { wish, size } of blocks) {
    for (const end = place + size; place < end; place += 1) middle[layer[place] ?? 0] = wish + (sums[place] ?? 0);
  }
}

function moveToZero({ layers, sizes }: PositionOptions, middle: Float64Array) {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const layer of layers) {
    for (const item of layer) {
      const half = breadthOf(sizes, item) / 2;
      least = Math.min(least, (middle[item] ?? 0) - half);
      most = Math.max(most, (middle[item] ?? 0) + half);
    }
  }
  if (least > most) return { middle, breadth: 0 };
  for (let item = 0; item < middle.length; item += 1) middle[item] = (middle[item] ?? 0) - least;
  return { middle, breadth: most - least };
}
