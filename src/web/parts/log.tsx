import { LOG_LEVELS, type LogLevel, type LogLine } from "../../executor/log-lines.ts";
import { formatClockTime, isoInstant } from "../format.ts";
import { hx } from "../hx.ts";
import { parseAnsi } from "./ansi.ts";
import { Icon } from "./icon.tsx";

export interface LogChunkProps {
  readonly lines: readonly LogLine[];
  /** Place of the first line in the whole log: numbers and anchors stay the same whatever part is shown. */
  readonly from: number;
  /** Lines below it are left out; "" shows all. */
  readonly level: "" | LogLevel;
}

const LINES_PER_CHUNK = 200;

/** Chunks of 200 lines that a browser skips while they are out of sight: find-in-page and anchors still see them. */
export function LogChunk({ lines, from, level }: LogChunkProps) {
  const least = level === "" ? 0 : LOG_LEVELS.indexOf(level);
  const chunks: { line: LogLine; number: number }[][] = [];
  for (const [place, line] of lines.entries()) {
    if (LOG_LEVELS.indexOf(line.level) < least) continue;
    const last = chunks.at(-1);
    const entry = { line, number: from + place + 1 };
    if (last === undefined || last.length === LINES_PER_CHUNK) chunks.push([entry]);
    else last.push(entry);
  }
  return (
    <>
      {chunks.map((chunk) => (
        <ol class={chunk.length === LINES_PER_CHUNK ? "log-chunk" : undefined} hx-ignore>
          {chunk.map(({ line, number }) => (
            <Line line={line} number={number} />
          ))}
        </ol>
      ))}
    </>
  );
}

function Line({ line, number }: { readonly line: LogLine; readonly number: number }) {
  const shownLevel = line.level === "critical" ? "error" : line.level;
  return (
    <li class={`log-line level-${shownLevel}`} id={`L${number}`}>
      <a class="log-number" href={`#L${number}`} aria-label={`Line ${number}`}>
        {number}
      </a>
      <time class="log-time" datetime={line.t === 0 ? undefined : isoInstant(line.t)}>
        {line.t === 0 ? "" : formatClockTime(line.t)}
      </time>
      <span class="log-level">{line.level === "info" ? "" : line.level}</span>
      <span class="log-text">
        <AnsiText text={line.event} />
        <Fields line={line} />
      </span>
    </li>
  );
}

function AnsiText({ text }: { readonly text: string }) {
  return (
    <>
      {parseAnsi(text).map((span) =>
        span.className === "" ? span.text : <span class={span.className}>{span.text}</span>,
      )}
    </>
  );
}

const OWN_FIELDS = new Set(["t", "level", "event"]);

function Fields({ line }: { readonly line: LogLine }) {
  const fields = Object.entries(line).filter(([name]) => !OWN_FIELDS.has(name));
  return (
    <>
      {fields.map(([name, value]) => (
        <span class="log-field">
          {" "}
          <span class="muted">{name}=</span>
          {typeof value === "string" ? value : JSON.stringify(value)}
        </span>
      ))}
    </>
  );
}

/** The end of a log. While it grows, the element replaces itself by the new lines and a new end. */
export function LogTail({ url, isLive }: { readonly url: string; readonly isLive: boolean }) {
  if (!isLive) return <div data-log-end />;
  return (
    <div
      class="log-tail"
      data-live="2"
      data-log-end
      {...hx({ get: url, trigger: "poll", target: "this", swap: "outerHTML", sync: "this:drop" })}
    >
      <Icon name="loader" />
      Following
    </div>
  );
}
