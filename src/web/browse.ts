/** What the lists of all DAGs have in common: their filters as chips, how far back they looked. */
import { z } from "zod";
import type { RecentCursor } from "../catalog/sql/recent.ts";
import type { DagId, RunId } from "../dag/ids.ts";
import type { MisreadBound } from "./bounds.ts";
import { readCursor } from "./cursor.ts";
import type { FilterChip } from "./parts/filter-chips.tsx";
import { withQuery } from "./paths.ts";

/** One chip per filter that is on, in the order of `names`; what could not be read narrows nothing. */
export function chipsOf(
  path: string,
  query: Readonly<Record<string, string>>,
  names: Readonly<Record<string, string>>,
  misread: readonly MisreadBound[] = [],
): readonly FilterChip[] {
  return Object.entries(names).flatMap(([key, name]) => {
    const value = query[key] ?? "";
    if (value === "" || misread.some((bound) => bound.name === key)) return [];
    return [
      {
        name,
        value: value.replaceAll("_", key === "state" ? " " : "_"),
        href: `${path}${withQuery({ ...query, [key]: null })}`,
      },
    ];
  });
}

export function furtherOf(floor: number | null, hrefOf: (at: number) => string) {
  return floor === null ? null : { at: floor, href: hrefOf(floor) };
}

const taskCursorShape = z.tuple([z.number().int(), z.string(), z.string(), z.string(), z.number().int()]);
const xcomCursorShape = z.tuple([z.number().int(), z.string(), z.string(), z.string(), z.number().int(), z.string()]);

export function taskCursorOf(text: string | undefined): RecentCursor | null {
  const at = readCursor(text, taskCursorShape);
  return at === null ? null : recentCursor(at);
}

export function xcomCursorOf(text: string | undefined): RecentCursor | null {
  const at = readCursor(text, xcomCursorShape);
  return at === null ? null : { ...recentCursor(at), key: at[5] };
}

function recentCursor(at: readonly [number, string, string, string, number, ...string[]]): RecentCursor {
  const [runAfterAt, dagId, runId, taskId, mapIndex] = at;
  // Compared with, never looked up: whatever an address brings is safe here.
  return { runAfterAt, dagId: dagId as DagId, runId: runId as RunId, taskId, mapIndex };
}
