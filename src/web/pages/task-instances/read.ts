/** What the pages of one task instance show, gathered from its scheduler, the catalog and the stores. */
import { readAll, readTogether } from "../../../catalog/port.ts";
import { readTaskInstanceOrToBe, type TaskInstanceId } from "../../../catalog/read-through.ts";
import { taskInstances } from "../../../catalog/sql/task-instances.ts";
import { xcoms } from "../../../catalog/sql/xcoms.ts";
import type { XComValue } from "../../../executor/protocol.ts";
import type { Json } from "../../../lib/json.ts";
import {
  type Blocker,
  type DagRunView,
  type Platform,
  PlatformError,
  type TaskInstanceView,
} from "../../../platform.ts";
import type { XComShown } from "../../parts/xcom-value.tsx";
import { isLiveState } from "../../states.ts";
import type { LogWindow } from "./log-page.tsx";
import type { TaskData } from "./task-frame.tsx";
import type { XComEntry } from "./xcom-page.tsx";

/** Null when there is no such task instance, or no such try of it. */
export async function readTaskData(
  platform: Platform,
  options: { readonly run: DagRunView; readonly id: TaskInstanceId; readonly wantedTry: number | null },
): Promise<TaskData | null> {
  const { run, id, wantedTry } = options;
  const [current, [stored, [xcomCount = 0]]] = await Promise.all([
    readTaskInstanceOrToBe(platform, run, id),
    readTogether(platform.catalog, [taskInstances.tries(id), xcoms.count(id)]),
  ]);
  if (current === null) return null;
  const tries = withCurrent(stored, current);
  const shown = wantedTry === null ? current : tries.find((one) => one.tryNumber === wantedTry);
  if (shown === undefined) return null;
  const isWaiting = isLiveState(current.state) && current.state !== "running";
  return { current, tries, shown, wantedTry, blockers: isWaiting ? await explain(platform, id) : [], xcomCount };
}

/** The catalog's tries with the current one as its scheduler tells it, which may be ahead. */
function withCurrent(stored: readonly TaskInstanceView[], current: TaskInstanceView): readonly TaskInstanceView[] {
  const past = stored.filter((one) => one.tryNumber !== current.tryNumber);
  return [...past, current].sort((a, b) => a.tryNumber - b.tryNumber);
}

async function explain(platform: Platform, id: TaskInstanceId): Promise<readonly Blocker[]> {
  const { dagId, runId, taskId, mapIndex } = id;
  return unlessUnreachable(
    async () => (await platform.schedulers.get(dagId).explain({ runId, taskId, mapIndex })) ?? [],
    async () => [],
  );
}

export const LINES_PER_PAGE = 1_000;

export interface WantedLines {
  readonly level: LogWindow["level"];
  readonly from?: number | undefined;
  /** A line that must be among those shown. */
  readonly line?: number | undefined;
}

/** The last lines, because that is where a failure is, unless others are asked for. */
export async function readLogWindow(platform: Platform, data: TaskData, wanted: WantedLines): Promise<LogWindow> {
  const { shown } = data;
  if (shown.tryNumber === 0) return { page: { lines: [], nextOffset: 0, lineCount: 0 }, from: 0, level: wanted.level };
  const lineCount =
    wanted.from === undefined ? (await platform.logs.read(shown, { offset: 0, limit: 0 })).lineCount : 0;
  const last = Math.max(0, lineCount - LINES_PER_PAGE);
  const around = wanted.line === undefined ? last : Math.max(0, wanted.line - LINES_PER_PAGE / 2);
  const from = wanted.from ?? Math.min(last, around);
  return { page: await platform.logs.read(shown, { offset: from, limit: LINES_PER_PAGE }), from, level: wanted.level };
}

/** A larger value is shown by its beginning only. */
const SHOWN_BYTES = 500_000;
const CUT_LENGTH = 2_000;

export async function readXComEntries(platform: Platform, id: TaskInstanceId): Promise<readonly XComEntry[]> {
  const { dagId, runId, taskId, mapIndex } = id;
  return unlessUnreachable(
    async () => {
      const entries = await platform.schedulers.get(dagId).xcomEntries({ runId, taskId, mapIndex });
      return Promise.all(
        entries.map(async ({ key, value, at }) => ({ key, at, ...(await shownValue(platform, value)) })),
      );
    },
    async () => {
      const rows = await readAll(platform.catalog, xcoms.list(id, { limit: 100, offset: 0 }));
      return rows.map(({ key, at, bytes, preview, isTruncated }) => ({
        key,
        at,
        bytes,
        shown: isTruncated ? ({ type: "cut", text: preview } as const) : parsed(preview),
      }));
    },
  );
}

async function shownValue(platform: Platform, value: XComValue): Promise<Pick<XComEntry, "bytes" | "shown">> {
  if (value.type === "inline") return { bytes: new TextEncoder().encode(value.json).length, shown: parsed(value.json) };
  const stored = await platform.objects.get(value.key);
  if (stored === null) return { bytes: value.bytes, shown: { type: "cut", text: "(its object is not in the store)" } };
  const text = new TextDecoder().decode(stored.subarray(0, SHOWN_BYTES));
  const isWhole = stored.length <= SHOWN_BYTES;
  return { bytes: value.bytes, shown: isWhole ? parsed(text) : { type: "cut", text: text.slice(0, CUT_LENGTH) } };
}

function parsed(json: string): XComShown {
  try {
    return { type: "json", value: JSON.parse(json) as Json };
  } catch {
    // A value of another release or a damaged object: its text says more than an error would.
    return { type: "cut", text: json.slice(0, CUT_LENGTH) };
  }
}

async function unlessUnreachable<T>(ask: () => Promise<T>, instead: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PlatformError && error.retryable) return instead();
    throw error;
  }
}
