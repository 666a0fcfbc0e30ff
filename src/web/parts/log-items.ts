/** Lines of a log as a reader sees them: groups that fold (`::group::` to `::endgroup::`), and messages of many lines. */
import type { NumberedLine } from "../../executor/log-lines.ts";

export type LogItem =
  | { readonly type: "line"; readonly numbered: NumberedLine }
  | {
      readonly type: "group";
      readonly title: string;
      readonly number: number;
      readonly lines: readonly NumberedLine[];
    };

const GROUP = "::group::";
const END = "::endgroup::";

/** A group that is not ended goes on to the end; one that began before the lines at hand is not folded. */
export function itemsOf(lines: readonly NumberedLine[]): readonly LogItem[] {
  const items: LogItem[] = [];
  let open: { readonly title: string; readonly number: number; readonly lines: NumberedLine[] } | null = null;
  for (const numbered of lines) {
    const { event } = numbered.line;
    if (event.startsWith(GROUP)) {
      if (open !== null) items.push({ type: "group", ...open });
      open = { title: event.slice(GROUP.length).trim() || "Group", number: numbered.number, lines: [] };
    } else if (event.startsWith(END)) {
      if (open !== null) items.push({ type: "group", ...open });
      open = null;
    } else if (open !== null) open.lines.push(numbered);
    else items.push({ type: "line", numbered });
  }
  if (open !== null) items.push({ type: "group", ...open });
  return items;
}

/** So many lines of a message are shown before the rest folds away. */
const SHOWN_LINES = 3;

/** The beginning of a message, and what folds below it: a traceback has dozens of lines. */
export function foldMessage(event: string): {
  readonly head: string;
  readonly rest: string | null;
  readonly count: number;
} {
  const lines = event.split("\n").map(afterReturn);
  if (lines.length <= SHOWN_LINES) return { head: lines.join("\n"), rest: null, count: 0 };
  return { head: lines[0] ?? "", rest: lines.slice(1).join("\n"), count: lines.length - 1 };
}

/** A progress bar writes over its line: only what stood there last is shown. */
function afterReturn(line: string): string {
  const trimmed = line.endsWith("\r") ? line.slice(0, -1) : line;
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}
