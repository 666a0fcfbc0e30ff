/** What the pages of one task instance show, gathered from its scheduler, the catalog and the stores. */
import { readAll, readTogether } from "../../../catalog/port.ts";
import {
  readLiveTaskInstances,
  readSpec,
  readTaskInstanceOrToBe,
  type TaskInstanceId,
} from "../../../catalog/read-through.ts";
import { taskInstances } from "../../../catalog/sql/task-instances.ts";
import { xcoms } from "../../../catalog/sql/xcoms.ts";
import type { TaskId } from "../../../dag/ids.ts";
import { matchesLog } from "../../../executor/log-lines.ts";
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

/** Whether what the address names is a mapped task as a whole: it has instances with an index, and none without. */
export async function isMappedTask(platform: Platform, run: DagRunView, { current }: TaskData): Promise<boolean> {
  // One that exists has a version: a mapped task that is not expanded yet, or whose expansion failed, is one too.
  if (current.mapIndex !== -1 || current.version !== 0) return false;
  const { dagId, runId, taskId } = current;
  const live = await readLiveTaskInstances(platform, run, platform.clock.now(), { taskId, offset: 0, limit: 1 });
  if (live !== null) return live.total > 0;
  const filter = { allowedDagIds: null, dagId, runId, taskId };
  return (await readAll(platform.catalog, taskInstances.list(filter, { limit: 1, offset: 0 }))).length > 0;
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
const MATCHES_PER_PAGE = 500;

export interface WantedLines {
  readonly level: LogWindow["level"];
  readonly q: string;
  readonly from?: number | undefined;
  /** A line that must be among those shown. */
  readonly line?: number | undefined;
  /** A search goes on before this line. */
  readonly before?: number | undefined;
}

/** The last lines, because that is where a failure is, unless others are asked for. */
export async function readLogWindow(platform: Platform, data: TaskData, wanted: WantedLines): Promise<LogWindow> {
  const { shown } = data;
  const { level, q } = wanted;
  const isSearch = level !== "" || q !== "";
  if (shown.tryNumber === 0) return { lines: [], from: 0, nextOffset: 0, lineCount: 0, level, q, isSearch };
  if (isSearch) {
    const query = { text: q, level, before: wanted.before ?? null, limit: MATCHES_PER_PAGE };
    const found = await platform.logs.search(shown, query);
    const { from, lineCount } = found;
    return { lines: found.matches, from, nextOffset: wanted.before ?? lineCount, lineCount, level, q, isSearch };
  }
  const known = wanted.from === undefined ? (await platform.logs.read(shown, { offset: 0, limit: 0 })).lineCount : 0;
  const last = Math.max(0, known - LINES_PER_PAGE);
  const around = wanted.line === undefined ? last : Math.max(0, wanted.line - LINES_PER_PAGE / 2);
  return readLines(platform, data, { from: wanted.from ?? Math.min(last, around), level, q });
}

/** Lines that follow each other, without those that are not looked for. */
export async function readLines(
  platform: Platform,
  { shown }: TaskData,
  wanted: Pick<LogWindow, "from" | "level" | "q">,
): Promise<LogWindow> {
  const { from, level, q } = wanted;
  const { lines, nextOffset, lineCount } = await platform.logs.read(shown, { offset: from, limit: LINES_PER_PAGE });
  const numbered = lines.map((line, place) => ({ line, number: from + place + 1 }));
  const matching = numbered.filter(({ line }) => matchesLog(line, { text: q, level }));
  return { lines: matching, from, nextOffset, lineCount, level, q, isSearch: level !== "" || q !== "" };
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

export interface TaskInput {
  readonly name: string;
  readonly taskId: TaskId;
  /** Null when its task has no single result: it is mapped, or has not succeeded. */
  readonly entry: XComEntry | null;
}

/** Each is a call to the scheduler; a task with more inputs shows these. */
const MAX_INPUTS = 10;

/** What the task received from the tasks it names as its inputs. */
export async function readInputs(platform: Platform, run: DagRunView, taskId: string): Promise<readonly TaskInput[]> {
  const spec = await readSpec(platform, run.dagId, run.versionNumber);
  const task = spec?.tasks.find((one) => one.taskId === taskId);
  const { dagId, runId } = run;
  return Promise.all(
    Object.entries(task?.inputs ?? {})
      .slice(0, MAX_INPUTS)
      .map(async ([name, from]) => {
        const entries = await readXComEntries(platform, { dagId, runId, taskId: from, mapIndex: -1 });
        return { name, taskId: from, entry: entries.find(({ key }) => key === "return_value") ?? null };
      }),
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
