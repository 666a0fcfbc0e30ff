/**
 * The log of a try, as it lies in the object store: NDJSON lines in numbered chunk objects, one prefix per try.
 *
 *   logs/<dag>/<run>/<task>/<map index>/<try>/<token>/<chunk>-<lines>.ndjson
 *
 * The token keeps apart several grants of one try (a lost consumer and its successor), so that a writer that was given
 * up can never overwrite its successor's chunks. The number of lines stands in the key, so that a reader finds any
 * offset from a listing and fetches only the chunks of its page. A hole in the chunk numbers is shown as a line of its own.
 */
import type { DagId, RunId, TaskId } from "../dag/ids.ts";
import type { Json } from "../lib/json.ts";
import type { ObjectStore } from "../platform.ts";
import type { CallbackGrant, TaskInstanceKey } from "./protocol.ts";

export const LOG_LEVELS = ["debug", "info", "warning", "error", "critical"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One line: `t` is an instant in milliseconds, `event` the text; every other property is a field of the author's. */
export interface LogLine {
  readonly t: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly [field: string]: Json;
}

/** A longer line loses its fields, then the end of its text. In UTF-16 units, which is what cutting text counts in. */
export const LOG_LINE_MAX_LENGTH = 16_000;
/** What one try may write; after that one line says so and the rest is dropped. */
export const LOG_TRY_MAX_BYTES = 16_000_000;
/** A reader's page ends after this much text even if more lines were asked for. */
export const LOG_PAGE_MAX_BYTES = 1_000_000;
// A try writes at most 16 MB in chunks of 64 KB or 2 s over 13 minutes: well under this, even with repeated grants.
const LISTING_MAX_KEYS = 5_000;

export interface TryLogKey extends TaskInstanceKey {
  readonly dagId: DagId;
  readonly tryNumber: number;
}

/** Everything one try wrote, under all of its grants. Ends in a slash, so that try 1 is no prefix of try 10. */
export function logPrefix(key: TryLogKey): string {
  const place = [key.dagId, key.runId, key.taskId].map(keySegment).join("/");
  return `logs/${place}/${key.mapIndex}/${key.tryNumber}/`;
}

/**
 * Where a callback that the scheduler delivered writes: one of a task behind the lines of the try it is about (its token is
 * younger), one of a run or a deadline under a name that no task can have.
 */
export function callbackLogKey(
  dagId: DagId,
  { runId, callbackId, token, attempt, order }: CallbackGrant,
): TryLogKey & { readonly token: number } {
  if (order.type === "task") {
    const { taskId, mapIndex, tryNumber } = order;
    return { dagId, runId, taskId, mapIndex, tryNumber, token };
  }
  return { ...runCallbackLogKey({ dagId, runId, callbackId, attempt }), token };
}

/** Of one attempt at a callback of a run or a deadline. */
export function runCallbackLogKey(key: {
  readonly dagId: DagId;
  readonly runId: RunId;
  readonly callbackId: number | string;
  readonly attempt: number;
}): TryLogKey {
  const { dagId, runId, callbackId, attempt } = key;
  return { dagId, runId, taskId: `~callback-${callbackId}` as TaskId, mapIndex: -1, tryNumber: attempt };
}

/** Everything a DAG run wrote, for its deletion. */
export function runLogPrefix(key: { readonly dagId: DagId; readonly runId: TaskInstanceKey["runId"] }): string {
  return `${dagLogPrefix(key.dagId)}${keySegment(key.runId)}/`;
}

export function dagLogPrefix(dagId: DagId): string {
  return `logs/${keySegment(dagId)}/`;
}

/** Chunks count from 1. Tokens and chunk numbers are padded so that keys sort as they were written. */
export function logChunkKey(
  key: TryLogKey & { readonly token: number; readonly seq: number; readonly lineCount: number },
): string {
  return `${logPrefix(key)}${paddedToken(key.token)}/${String(key.seq).padStart(6, "0")}-${key.lineCount}.ndjson`;
}

/** Sixteen digits hold every safe integer. */
export function paddedToken(token: number): string {
  return String(token).padStart(16, "0");
}

/**
 * An id as one segment of a key. Ids are safe but for `:` and `+` (file systems, URLs) and for `.` and `..`. Each is
 * replaced by one other character, not by an escape, so that three ids of 250 characters stay within R2's 1,024 bytes.
 */
export function keySegment(id: string): string {
  const plain = id.replaceAll(":", "=").replaceAll("+", "@");
  return /^\.{1,2}$/.test(plain) ? plain.replaceAll(".", ",") : plain;
}

/** A line of NDJSON without its line break. Never throws: what is no JSON is written as text, too much is cut. */
export function formatLogLine(line: {
  readonly t: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}): string {
  const { t, level, event, fields } = line;
  if (fields !== undefined) {
    const whole = tryStringify({ t, level, event, ...renameReserved(fields) });
    if (whole.length <= LOG_LINE_MAX_LENGTH) return whole;
  }
  const bare = JSON.stringify({ t, level, event });
  if (fields === undefined && bare.length <= LOG_LINE_MAX_LENGTH) return bare;
  // Escapes can make text six times as long, so the cut leaves room for the worst case only when it must.
  for (const length of [LOG_LINE_MAX_LENGTH - 200, LOG_LINE_MAX_LENGTH / 8]) {
    const cut = JSON.stringify({ t, level, event: event.slice(0, length), truncated: true });
    if (cut.length <= LOG_LINE_MAX_LENGTH) return cut;
  }
  return JSON.stringify({ t, level, event: "(a line that is too long)", truncated: true });
}

export function parseLogLine(text: string): LogLine {
  try {
    const value: unknown = JSON.parse(text);
    if (isLogLine(value)) return value;
  } catch {
    // A damaged chunk must not hide the rest of the log: the text is shown as it is.
  }
  return { t: 0, level: "warning", event: text };
}

export interface LogPage {
  readonly lines: readonly LogLine[];
  /** The offset to ask for next; equal to `offset` when there is nothing new. */
  readonly nextOffset: number;
  /** Lines known so far, the reader's own notes on gaps included. */
  readonly lineCount: number;
}

/** Which lines of a log to find, from its end backwards. */
export interface LogQuery {
  /** Part of the text or of a field, case aside; "" is any. */
  readonly text: string;
  /** The least level, or "" for all. */
  readonly level: "" | LogLevel;
  /** Only lines before this one; null begins at the end. */
  readonly before: number | null;
  readonly limit: number;
}

export interface NumberedLine {
  /** Place in the whole log, from 1: the same whatever is shown of it. */
  readonly number: number;
  readonly line: LogLine;
}

export interface LogMatches {
  /** In the order of the log. */
  readonly matches: readonly NumberedLine[];
  /** The search came back to this line; 0 is the beginning of the log. */
  readonly from: number;
  readonly lineCount: number;
}

export function matchesLog(line: LogLine, query: Pick<LogQuery, "text" | "level">): boolean {
  if (query.level !== "" && LOG_LEVELS.indexOf(line.level) < LOG_LEVELS.indexOf(query.level)) return false;
  if (query.text === "") return true;
  const { t: _t, level: _level, event, ...fields } = line;
  return `${event} ${JSON.stringify(fields)}`.toLowerCase().includes(query.text.toLowerCase());
}

/** Reads lines `offset` up to `offset + limit` of a try's log. A log that is still written only grows at its end. */
export async function readLog(
  objects: ObjectStore,
  prefix: string,
  page: { readonly offset: number; readonly limit: number },
): Promise<LogPage> {
  const parts = await listParts(objects, prefix);
  const lines: LogLine[] = [];
  let bytes = 0;
  let start = 0;
  for (const part of parts) {
    const from = page.offset + lines.length - start;
    const isWanted = from >= 0 && from < part.lineCount && lines.length < page.limit && bytes < LOG_PAGE_MAX_BYTES;
    if (isWanted) {
      const texts = await readPart(objects, part);
      for (const text of texts.slice(from)) {
        if (lines.length >= page.limit || bytes >= LOG_PAGE_MAX_BYTES) break;
        bytes += text.length;
        lines.push(parseLogLine(text));
      }
    }
    start += part.lineCount;
  }
  return { lines, nextOffset: page.offset + lines.length, lineCount: start };
}

export type LogPart =
  | { readonly type: "chunk"; readonly key: string; readonly lineCount: number }
  | { readonly type: "note"; readonly text: string; readonly lineCount: 1 };

/** What a log consists of, in its order. */
export async function listParts(objects: ObjectStore, prefix: string): Promise<readonly LogPart[]> {
  return assemble(await listKeys(objects, prefix), prefix);
}

export async function readPart(objects: ObjectStore, part: LogPart): Promise<readonly string[]> {
  return part.type === "note" ? [part.text] : await readChunk(objects, part);
}

/** Chunks in the order they were written, with a note for each hole in the numbers and for each further grant. */
function assemble(keys: readonly string[], prefix: string): readonly LogPart[] {
  const parts: LogPart[] = [];
  let token: string | null = null;
  let expected = 1;
  for (const key of keys) {
    const match = /^(\d{16})\/(\d{6,})-(\d+)\.ndjson$/.exec(key.slice(prefix.length));
    if (match === null) continue;
    if (match[1] !== token) {
      if (token !== null) parts.push(note("The try was granted again; what follows was written under its new token"));
      token = match[1] ?? null;
      expected = 1;
    }
    const seq = Number(match[2]);
    if (seq > expected) {
      const range = seq - expected === 1 ? `chunk ${expected}` : `chunks ${expected} to ${seq - 1}`;
      parts.push(note(`Part of the log is missing here: ${range} could not be stored`));
    }
    expected = seq + 1;
    parts.push({ type: "chunk", key, lineCount: Number(match[3]) });
  }
  return parts;
}

function note(event: string): LogPart {
  return { type: "note", text: formatLogLine({ t: 0, level: "warning", event }), lineCount: 1 };
}

/** Exactly as many lines as the key says, so that offsets hold even if a chunk was deleted or damaged. */
async function readChunk(
  objects: ObjectStore,
  part: { readonly key: string; readonly lineCount: number },
): Promise<readonly string[]> {
  const bytes = await objects.get(part.key);
  const texts = bytes === null ? [] : new TextDecoder().decode(bytes).split("\n", part.lineCount);
  while (texts.length < part.lineCount) {
    texts.push(formatLogLine({ t: 0, level: "warning", event: "This line of the log could not be read" }));
  }
  return texts;
}

async function listKeys(objects: ObjectStore, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { readonly keys: readonly string[]; readonly cursor: string | null } = await objects.list(prefix, {
      limit: 1_000,
      ...(cursor === null ? {} : { cursor }),
    });
    keys.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== null && keys.length < LISTING_MAX_KEYS);
  return keys;
}

function isLogLine(value: unknown): value is LogLine {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  const { t, level, event } = value as { t?: unknown; level?: unknown; event?: unknown };
  return typeof t === "number" && typeof event === "string" && LOG_LEVELS.some((known) => known === level);
}

/** An author's field named like one of ours keeps its value under a longer name. */
function renameReserved(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name === "t" || name === "level" || name === "event" ? `${name}_` : name,
      value,
    ]),
  );
}

/** Errors, bigints and the like are what people log; JSON would drop or refuse them. */
function loggable(value: unknown): unknown {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === "bigint" || typeof value === "symbol" || typeof value === "function") return String(value);
  if (value === undefined || (typeof value === "number" && !Number.isFinite(value))) return String(value);
  return value;
}

function tryStringify(value: { readonly t: number; readonly level: LogLevel; readonly event: string }): string {
  try {
    return JSON.stringify(value, (_key, inner: unknown) => loggable(inner));
  } catch {
    const { t, level, event } = value;
    return JSON.stringify({ t, level, event, fields: "(could not be written as JSON)" });
  }
}
