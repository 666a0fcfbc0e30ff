/** A large graph as points: one path per state, and the part that is shown in boxes marked. */
import type { HtmlEscapedString } from "hono/utils/html";
import type { TaskInstanceState } from "../../engine/states.ts";
import type { GraphMap } from "../graph/graph-map.ts";
import { svgMarkup } from "./markup.ts";

export interface MapPoint {
  /** Null while no run is shown. */
  readonly state: TaskInstanceState | null;
  readonly isShown: boolean;
}

export function graphMapSvg(map: GraphMap, points: readonly MapPoint[]): HtmlEscapedString {
  const byState = new Map<string, string>();
  let shown = "";
  for (const [place, { state, isShown }] of points.entries()) {
    const x = map.points[place * 2] ?? 0;
    const y = map.points[place * 2 + 1] ?? 0;
    const key = state ?? "unknown";
    byState.set(key, `${byState.get(key) ?? ""}M${x} ${y - 2}h8v4h-8z`);
    if (isShown) shown += `M${x - 2} ${y - 4}h12v8h-12z`;
  }
  const paths = [...byState].map(([state, d]) => `<path class="state-${state}" d="${d}"/>`);
  return svgMarkup(
    `<svg class="graph-map" width="${map.width}" height="${map.height}" viewBox="0 0 ${map.width} ${map.height}" aria-hidden="true"><path class="near" d="${shown}"/>${paths.join("")}</svg>`,
  );
}
