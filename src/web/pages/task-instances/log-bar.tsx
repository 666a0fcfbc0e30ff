import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { hx } from "../../hx.ts";
import { Icon } from "../../parts/icon.tsx";
import { paths, withQuery } from "../../paths.ts";
import { LOG_SECTION, type LogWindow } from "./log-page.tsx";
import { LINES_PER_PAGE } from "./read.ts";
import { addressOf, type TaskData } from "./task-frame.tsx";

const levels = [
  ["", "All"],
  ["info", "Info"],
  ["warning", "Warnings"],
  ["error", "Errors"],
] as const;

export const LOG_COUNT = domId("task-instance", "log-count");
const LOG_SEARCH = domId("task-instance", "log-search");

export function lineCountText(count: number): string {
  return count === 0 ? "No lines" : counted(count, "line");
}

/** The log's address with what is asked of it; what is at its default is left out. */
export function logUrl(
  data: TaskData,
  query: {
    readonly q?: string;
    readonly level?: string;
    readonly from?: number | null;
    readonly before?: number | null;
    readonly line?: number;
  },
): string {
  const base = paths.task(addressOf(data));
  const rest = withQuery(query);
  return base.includes("?") ? `${base}${rest.replace("?", "&")}` : `${base}${rest}`;
}

/** Which lines are shown, how to find others, and the way to them. */
export function LogBar({ data, log }: { readonly data: TaskData; readonly log: LogWindow }) {
  const { q, level } = log;
  const { mapIndex, dagId, runId, taskId } = data.current;
  const action = paths.task({ dagId, runId, taskId });
  return (
    <div class="log-bar">
      <form
        method="get"
        action={action}
        class="log-find"
        {...hx({
          get: action,
          target: `#${LOG_SECTION}`,
          swap: "outerHTML",
          trigger: `submit, change, input changed delay:300ms from:#${LOG_SEARCH}`,
          sync: "this:replace",
        })}
      >
        {mapIndex >= 0 && <input type="hidden" name="map_index" value={String(mapIndex)} />}
        {data.wantedTry !== null && <input type="hidden" name="try" value={String(data.wantedTry)} />}
        <div class="search">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            id={LOG_SEARCH}
            name="q"
            value={q}
            placeholder="Search the log"
            aria-label="Search the log"
            maxlength={200}
            autocomplete="off"
            data-search
          />
        </div>
        <fieldset class="segments" aria-label="Least level">
          {levels.map(([value, label]) => (
            <label class="segment">
              <input type="radio" name="level" value={value} checked={value === level} />
              {label}
            </label>
          ))}
        </fieldset>
        <noscript>
          <button type="submit" class="button small">
            Find
          </button>
        </noscript>
      </form>
      <span class="small muted" id={LOG_COUNT} role="status">
        {countText(log)}
      </span>
      <LogWindows data={data} log={log} />
      <span class="card-end">
        <button type="button" class="button quiet small needs-script" data-log-wrap aria-pressed="true">
          Wrap
        </button>
        <a class="button quiet small" href={downloadUrl(data)} download>
          <Icon name="download" />
          Download
        </a>
      </span>
    </div>
  );
}

function countText(log: LogWindow): string {
  if (log.isSearch) {
    const found = `${counted(log.lines.length, "line")} found`;
    return log.from > 0 ? `${found} from line ${log.from + 1} on` : `${found} of ${log.lineCount}`;
  }
  const isPart = log.from > 0 || log.nextOffset < log.lineCount;
  return `${lineCountText(log.lineCount)}${isPart ? `, ${log.from + 1} to ${log.nextOffset} shown` : ""}`;
}

function LogWindows({ data, log }: { readonly data: TaskData; readonly log: LogWindow }) {
  const { from, q, level } = log;
  if (log.isSearch) {
    if (from === 0) return null;
    return (
      <a class="button small" href={logUrl(data, { q, level, before: from })}>
        Look further back
      </a>
    );
  }
  return (
    <>
      {from > 0 && (
        <>
          <a class="button small" href={logUrl(data, { from: 0 })}>
            First
          </a>
          <a class="button small" href={logUrl(data, { from: Math.max(0, from - LINES_PER_PAGE) })}>
            Earlier
          </a>
        </>
      )}
      {log.nextOffset < log.lineCount && (
        <>
          <a class="button small" href={logUrl(data, { from: log.nextOffset })}>
            Later
          </a>
          <a class="button small" href={logUrl(data, {})}>
            Last
          </a>
        </>
      )}
    </>
  );
}

function downloadUrl(data: TaskData): string {
  const { dagId, runId, taskId, mapIndex } = data.current;
  return paths.task({ dagId, runId, taskId, mapIndex, tryNumber: data.shown.tryNumber }, "/log/download");
}
