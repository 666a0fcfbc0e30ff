/**
 * The logs of tries, for those who show them: pages of lines, a search that looks from the end backwards, and the whole
 * for a download. A log may have 100 MB: nothing here holds more than a chunk of it and what was found.
 */
import type { Logs, ObjectStore } from "../platform.ts";
import {
  LOG_LEVELS,
  type LogMatches,
  type LogQuery,
  listParts,
  logPrefix,
  matchesLog,
  type NumberedLine,
  parseLogLine,
  readLog,
  readPart,
} from "./log-lines.ts";

/** What one search may read: some tenths of a second of a Worker's time. The reader asks on from there. */
export const LOG_SEARCH_MAX_BYTES = 8_000_000;

export function logsOf(objects: ObjectStore): Logs {
  return {
    read: (key, page) => readLog(objects, logPrefix(key), page),
    search: (key, query) => searchLog(objects, logPrefix(key), query),
    async *parts(key) {
      for (const part of await listParts(objects, logPrefix(key))) {
        yield (await readPart(objects, part)).map(parseLogLine);
      }
    },
  };
}

/** Whole chunks are looked at, so that a search that is asked on never misses a line. */
export async function searchLog(objects: ObjectStore, prefix: string, query: LogQuery): Promise<LogMatches> {
  const parts = await listParts(objects, prefix);
  const lineCount = parts.reduce((sum, part) => sum + part.lineCount, 0);
  const before = Math.min(query.before ?? lineCount, lineCount);
  const mayMatch = quickCheck(query);
  const found: NumberedLine[] = [];
  let end = lineCount;
  let from = before;
  let bytes = 0;
  for (const part of parts.toReversed()) {
    const start = end - part.lineCount;
    if (start < before && found.length < query.limit && bytes < LOG_SEARCH_MAX_BYTES) {
      const texts = await readPart(objects, part);
      for (let place = Math.min(texts.length, before - start) - 1; place >= 0; place -= 1) {
        const text = texts[place] ?? "";
        bytes += text.length;
        if (!mayMatch(text)) continue;
        const line = parseLogLine(text);
        if (matchesLog(line, query)) found.push({ number: start + place + 1, line });
      }
      from = start;
    }
    end = start;
  }
  return { matches: found.reverse(), from, lineCount };
}

/** Of the text as it is stored, before it is parsed: parsing all of a large log would take seconds. */
function quickCheck({ text, level }: LogQuery): (stored: string) => boolean {
  const part = JSON.stringify(text).slice(1, -1).toLowerCase();
  const enough = level === "" ? [] : LOG_LEVELS.slice(LOG_LEVELS.indexOf(level));
  const hasLevel = (stored: string) => {
    const head = stored.slice(0, 80);
    // What is no line of ours is shown as a warning, whatever it says.
    return enough.some((one) => head.includes(`"level":"${one}"`)) || !head.includes('"level":"');
  };
  return (stored) => (level === "" || hasLevel(stored)) && (part === "" || stored.toLowerCase().includes(part));
}
