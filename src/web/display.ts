/**
 * What the build makes of a version for the pages, stored beside it as JSON: whatever would cost a request more than it
 * may, or needs a library that the Worker does without. All of it follows from spec and source, and each part may be
 * missing: pages then make it themselves, or show the plain text.
 */
import type { CodeSpans } from "./code-spans.ts";
import type { DocBlock } from "./docs.ts";
import type { GraphLayout } from "./graph/graph-layout.ts";
import type { GraphMap } from "./graph/graph-map.ts";

export interface VersionDisplay {
  readonly v: 1;
  /** The graph as it is first shown. */
  readonly graph?: GraphLayout;
  /** Where each task stands in the drawing of all, when that is too large to be shown in boxes. */
  readonly map?: GraphMap;
  readonly code?: CodeSpans;
  readonly docs?: readonly DocBlock[];
  /** By task. */
  readonly taskDocs?: Readonly<Record<string, readonly DocBlock[]>>;
}

/** Null for what another release made. */
export function readDisplay(text: string | null): VersionDisplay | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    const isOurs = typeof value === "object" && value !== null && "v" in value && value.v === 1;
    return isOurs ? (value as VersionDisplay) : null;
  } catch {
    // A damaged copy is as good as none.
    return null;
  }
}
