/**
 * A drawing of boxes and edges in layers: from boxes with sizes to places and lines, in numbers alone. Deterministic, and
 * linear enough for graphs of thousands: measured against @dagrejs/dagre 3.1.3 in ARCHITECTURE.md. Layers follow one another along
 * the first axis; whoever draws decides whether that is to the right or downwards.
 */
import { orderLayers } from "./layers.ts";
import { type BoxSize, positionsOf } from "./positions.ts";
import { type Edge, type RankOptions, ranksOf } from "./ranks.ts";

export interface LayeredOptions extends Pick<RankOptions, "first" | "last"> {
  readonly sizes: readonly BoxSize[];
  readonly edges: readonly Edge[];
  /** Between layers. */
  readonly layerGap: number;
  /** Between boxes of one layer. */
  readonly gap: number;
  /** How far from the middle of its box each edge leaves and arrives. */
  readonly offsets?: readonly (readonly [number, number])[];
}

/** `along` the edges and `across` them. */
export interface Point {
  readonly along: number;
  readonly across: number;
}

export interface LayeredLayout {
  readonly length: number;
  readonly breadth: number;
  /** Start and middle of each box: where it begins along the edges, and its middle across them. */
  readonly boxes: readonly Point[];
  /** The points that each edge runs through, in the order of the edges given. */
  readonly lines: readonly (readonly Point[])[];
}

export function layOut(options: LayeredOptions): LayeredLayout {
  const { sizes, edges, layerGap } = options;
  const ranks = ranksOf({ ...options, count: sizes.length });
  const ordered = orderLayers(sizes.length, edges, ranks);
  const { middle, breadth } = positionsOf({ ...ordered, ...options });
  const spans = spansOf(ordered.layers, sizes, layerGap);
  const rankOf = (item: number, chainPlace: number, chain: readonly number[]) =>
    item < sizes.length ? (ranks[item] ?? 0) : (ranks[chain[0] ?? 0] ?? 0) + chainPlace;
  const boxes = sizes.map((_, box) => {
    return { along: spans[ranks[box] ?? 0]?.start ?? 0, across: middle[box] ?? 0 };
  });
  const lines = ordered.chains.map((chain, edge) => {
    const [leave, arrive] = options.offsets?.[edge] ?? [0, 0];
    return chain.flatMap((item, place): readonly Point[] => {
      const across = middle[item] ?? 0;
      const box = boxes[item];
      const span = spans[rankOf(item, place, chain)] ?? { start: 0, length: 0 };
      // Beside its own layer an edge runs straight, or it would cross what is longer than its box there.
      if (box !== undefined && place === 0) {
        const start = { along: box.along + (sizes[item]?.length ?? 0), across: across + leave };
        return [start, { along: span.start + span.length, across: across + leave }];
      }
      if (box !== undefined) return [{ along: box.along, across: across + arrive }];
      return [
        { along: span.start, across },
        { along: span.start + span.length, across },
      ];
    });
  });
  const end = spans.at(-1);
  return { length: end === undefined ? 0 : end.start + end.length, breadth, boxes, lines };
}

interface Span {
  readonly start: number;
  readonly length: number;
}

function spansOf(layers: readonly (readonly number[])[], sizes: readonly BoxSize[], layerGap: number): readonly Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const layer of layers) {
    const length = layer.reduce((most, item) => Math.max(most, sizes[item]?.length ?? 0), 0);
    spans.push({ start, length });
    start += length + layerGap;
  }
  return spans;
}
