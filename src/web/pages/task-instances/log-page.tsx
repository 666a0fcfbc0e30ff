import type { NumberedLine } from "../../../executor/log-lines.ts";
import type { TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import type { Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { LogLines, LogTail } from "../../parts/log.tsx";
import { paths, withQuery } from "../../paths.ts";
import { LOG_COUNT, LogBar, lineCountText, logUrl } from "./log-bar.tsx";
import { addressOf, type TaskData, TaskFrame } from "./task-frame.tsx";

export interface LogWindow {
  readonly lines: readonly NumberedLine[];
  /** Lines before it are not shown, or were not looked at. */
  readonly from: number;
  /** Where the log goes on behind what is shown. */
  readonly nextOffset: number;
  readonly lineCount: number;
  /** The level below which lines are left out, or "" for all. */
  readonly level: "" | "info" | "warning" | "error";
  /** What is looked for, or "". */
  readonly q: string;
  /** Whether these are lines that were found, not lines that follow each other. */
  readonly isSearch: boolean;
}

export const LOG_SECTION = domId("task-instance", "log");

export function TaskLogPage(props: {
  readonly shell: Shell;
  readonly data: TaskData;
  readonly log: LogWindow;
  readonly ptag: string;
}) {
  return (
    <TaskFrame shell={props.shell} data={props.data} tab="" ptag={props.ptag}>
      <LogSection data={props.data} log={props.log} />
    </TaskFrame>
  );
}

export function LogSection({ data, log }: { readonly data: TaskData; readonly log: LogWindow }) {
  const { shown } = data;
  const isAtEnd = log.nextOffset >= log.lineCount;
  return (
    <section class="card" id={LOG_SECTION} aria-label="Log" data-log>
      <LogBar data={data} log={log} />
      {log.lineCount === 0 && !isLogGrowing(shown) ? (
        <NoLines shown={shown} />
      ) : (
        <div class="log">
          {log.isSearch && log.lines.length === 0 && !isLogGrowing(shown) && (
            <p class="log-none muted">No line matches{log.from > 0 ? ` from line ${log.from + 1} on` : ""}.</p>
          )}
          <LogLines
            lines={log.lines}
            hrefOf={log.isSearch ? (number) => `${logUrl(data, { line: number })}#L${number}` : undefined}
          />
          {isAtEnd && <LogTail url={tailUrl(data, log)} isLive={isLogGrowing(shown)} />}
        </div>
      )}
    </section>
  );
}

/** What the end of a log replaces itself by: the lines that came since, and a new end. */
export function LogContinuation({ data, log }: { readonly data: TaskData; readonly log: LogWindow }) {
  const hasMore = log.nextOffset < log.lineCount;
  return (
    <>
      <LogLines lines={log.lines} />
      <LogTail url={tailUrl(data, log)} isLive={hasMore || isLogGrowing(data.shown)} />
      {!log.isSearch && (
        <hx-partial hx-target={`#${LOG_COUNT}`} hx-swap="innerHTML">
          {lineCountText(log.lineCount)}
        </hx-partial>
      )}
    </>
  );
}

/** The whole log anew, put into the page beside the header that found it old. */
export function LogPartial({ data, log }: { readonly data: TaskData; readonly log: LogWindow }) {
  return (
    <hx-partial hx-target={`#${LOG_SECTION}`} hx-swap="outerHTML">
      <LogSection data={data} log={log} />
    </hx-partial>
  );
}

function NoLines({ shown }: { readonly shown: TaskInstanceView }) {
  if (shown.tryNumber === 0) {
    return (
      <EmptyState icon="clock" title="It has not run yet">
        Its log appears here when its first try starts.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="scroll-text" title="This try logged nothing">
      What a task writes with <code>log.info(…)</code> appears here.
    </EmptyState>
  );
}

export function isLogGrowing(shown: TaskInstanceView): boolean {
  return shown.state === "running" || shown.state === "queued" || shown.state === "restarting";
}

/** Of which try a page shows the log, and whether it follows it. */
export function logSeen(shown: TaskInstanceView): string {
  return `${shown.tryNumber}-${isLogGrowing(shown) ? "live" : "still"}`;
}

/** A log that is followed brings its own end; one of another try, or one that starts to grow, must be drawn anew. */
export function needsNewLog(seen: string, shown: TaskInstanceView): boolean {
  return seen !== logSeen(shown) && seen !== `${shown.tryNumber}-live`;
}

function tailUrl(data: TaskData, log: LogWindow): string {
  const address = { ...addressOf(data), tryNumber: data.shown.tryNumber };
  const rest = withQuery({ after: log.nextOffset, level: log.level, q: log.q });
  return `${paths.task(address, "/log")}${rest.replace("?", "&")}`;
}
