import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { paths, withQuery } from "../../paths.ts";
import type { LogWindow } from "./log-page.tsx";
import { LINES_PER_PAGE } from "./read.ts";
import { addressOf, type TaskData } from "./task-frame.tsx";

const levels = [
  ["", "All"],
  ["info", "Info"],
  ["warning", "Warnings"],
  ["error", "Errors"],
] as const;

export const LOG_COUNT = domId("task-instance", "log-count");

export function lineCountText(count: number): string {
  return count === 0 ? "No lines" : counted(count, "line");
}

/** Which lines are shown, and the way to the others. */
export function LogBar({ data, log }: { readonly data: TaskData; readonly log: LogWindow }) {
  const { page, from } = log;
  const url = (query: { readonly from?: number; readonly level?: LogWindow["level"] }) => {
    const base = paths.task(addressOf(data));
    const rest = withQuery({ level: query.level ?? log.level, from: query.from ?? null });
    return base.includes("?") ? `${base}${rest.replace("?", "&")}` : `${base}${rest}`;
  };
  const isPart = from > 0 || page.nextOffset < page.lineCount;
  return (
    <div class="log-bar">
      <span class="small muted" id={LOG_COUNT}>
        {lineCountText(page.lineCount)}
        {isPart && `, ${from + 1} to ${page.nextOffset} shown`}
      </span>
      {from > 0 && (
        <>
          <a class="button small" href={url({ from: 0 })}>
            First
          </a>
          <a class="button small" href={url({ from: Math.max(0, from - LINES_PER_PAGE) })}>
            Earlier
          </a>
        </>
      )}
      {page.nextOffset < page.lineCount && (
        <>
          <a class="button small" href={url({ from: page.nextOffset })}>
            Later
          </a>
          <a class="button small" href={url({})}>
            Last
          </a>
        </>
      )}
      <nav class="card-end" aria-label="Least level">
        {levels.map(([level, label]) => (
          <a
            class={`button quiet small${level === log.level ? " is-current" : ""}`}
            href={url({ level })}
            aria-current={level === log.level ? "true" : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
    </div>
  );
}
