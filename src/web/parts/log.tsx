import { LOG_LEVELS, type LogLevel, type LogLine, type NumberedLine } from "../../executor/log-lines.ts";
import { counted, formatClockTime, isoInstant } from "../format.ts";
import { hx } from "../hx.ts";
import { useClock } from "../layout/clock.ts";
import { parseAnsi } from "./ansi.ts";
import { Icon } from "./icon.tsx";
import { foldMessage, itemsOf, type LogItem } from "./log-items.ts";

export interface LogChunkProps {
  readonly lines: readonly LogLine[];
  /** Place of the first line in the whole log: numbers and anchors stay the same whatever part is shown. */
  readonly from: number;
  /** Lines below it are left out; "" shows all. */
  readonly level: "" | LogLevel;
}

const LINES_PER_CHUNK = 200;

export function LogChunk({ lines, from, level }: LogChunkProps) {
  const least = level === "" ? 0 : LOG_LEVELS.indexOf(level);
  const numbered = lines.map((line, place) => ({ line, number: from + place + 1 }));
  return <LogLines lines={numbered.filter(({ line }) => LOG_LEVELS.indexOf(line.level) >= least)} />;
}

/** Chunks of 200 lines that a browser skips while they are out of sight: find-in-page and anchors still see them. */
export function LogLines(props: {
  readonly lines: readonly NumberedLine[];
  /** Where a number leads; without it, to its own place on this page. */
  readonly hrefOf?: ((number: number) => string) | undefined;
}) {
  const items = itemsOf(props.lines);
  const chunks: LogItem[][] = [];
  for (let start = 0; start < items.length; start += LINES_PER_CHUNK) {
    chunks.push(items.slice(start, start + LINES_PER_CHUNK));
  }
  return (
    <>
      {chunks.map((chunk) => (
        <ol class={chunk.length === LINES_PER_CHUNK ? "log-chunk" : undefined} hx-ignore>
          {chunk.map((item) =>
            item.type === "line" ? (
              <Line numbered={item.numbered} hrefOf={props.hrefOf} />
            ) : (
              <Group group={item} hrefOf={props.hrefOf} />
            ),
          )}
        </ol>
      ))}
    </>
  );
}

type HrefOf = ((number: number) => string) | undefined;

function Group({ group, hrefOf }: { readonly group: Extract<LogItem, { type: "group" }>; readonly hrefOf: HrefOf }) {
  const isTrouble = group.lines.some(({ line }) => line.level === "error" || line.level === "critical");
  return (
    <li class="log-group" id={`L${group.number}`}>
      <details open={isTrouble}>
        <summary>
          <Icon name="chevron-right" />
          {group.title} <span class="muted">{counted(group.lines.length, "line")}</span>
        </summary>
        <ol>
          {group.lines.map((numbered) => (
            <Line numbered={numbered} hrefOf={hrefOf} />
          ))}
        </ol>
      </details>
    </li>
  );
}

function Line({ numbered, hrefOf }: { readonly numbered: NumberedLine; readonly hrefOf: HrefOf }) {
  const { line, number } = numbered;
  const { zone } = useClock();
  const shownLevel = line.level === "critical" ? "error" : line.level;
  return (
    <li class={`log-line level-${shownLevel}`} id={`L${number}`}>
      <a class="log-number" href={hrefOf?.(number) ?? `#L${number}`} aria-label={`Line ${number}`}>
        {number}
      </a>
      <time class="log-time" datetime={line.t === 0 ? undefined : isoInstant(line.t)}>
        {line.t === 0 ? "" : formatClockTime(line.t, zone)}
      </time>
      <span class="log-level">{line.level === "info" ? "" : line.level}</span>
      <span class="log-text">
        <Message event={line.event} isOpen={shownLevel === "error"} />
        <Fields line={line} />
      </span>
    </li>
  );
}

function Message({ event, isOpen }: { readonly event: string; readonly isOpen: boolean }) {
  const { head, rest, count } = foldMessage(event);
  if (rest === null) return <AnsiText text={head} />;
  return (
    <>
      <AnsiText text={head} />
      <details class="log-more" open={isOpen}>
        <summary>{counted(count, "more line")}</summary>
        <AnsiText text={rest} />
      </details>
    </>
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
