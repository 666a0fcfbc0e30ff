import { z } from "zod";
import { type AppContext, notFound, platformOf } from "../../auth/context.ts";
import { Routes } from "../../auth/routes.ts";
import { readTaskInstance } from "../../catalog/read-through.ts";
import { isFinishedState } from "../../engine/states.ts";
import type { LogLine, TryLogKey } from "../../executor/log-lines.ts";
import type { Platform } from "../../platform.ts";
import { dagIdParam, numberParam, runIdParam, taskIdParam } from "../params.ts";
import { booleanQuery, isoInstant } from "../shapes/fields.ts";

export const logRoutes = new Routes("api");

const PAGE_LINES = 2_000;
/** With `full_content` the JSON stops here and hands out a token after all; text has no end. */
const FULL_LINES = 50_000;

const logShape = z.object({
  content: z.array(z.looseObject({ timestamp: z.iso.datetime().nullable(), level: z.string(), event: z.string() })),
  continuation_token: z.string().nullable(),
});

logRoutes.get(
  "/api/v2/dags/:dag_id/dagRuns/:dag_run_id/taskInstances/:task_id/logs/:try_number",
  {
    permission: "log.read",
    tag: "Task Instance",
    summary:
      "Read the log of a try, while it runs too; as text with Accept: text/plain, as lines with application/x-ndjson",
    query: z.strictObject({
      map_index: z.coerce.number().int().min(-1).default(-1),
      full_content: booleanQuery,
      token: z
        .string()
        .regex(/^\d{1,9}$/, "Send the continuation_token of the page before")
        .optional(),
    }),
    responses: { 200: logShape },
  },
  async (c, { query }) => {
    const { key, isOver } = await findTry(c, query.map_index);
    const accept = c.req.header("accept") ?? "";
    if (accept.startsWith("text/plain")) return streamLog(c, key, "text/plain; charset=utf-8", textLine);
    if (accept.startsWith("application/x-ndjson")) {
      return streamLog(c, key, "application/x-ndjson", (line) => JSON.stringify(lineJson(line)));
    }
    const offset = Number(query.token ?? 0);
    const limit = query.full_content === true ? FULL_LINES : PAGE_LINES;
    const { lines, nextOffset, lineCount } = await readLines(platformOf(c), key, offset, limit);
    const isComplete = isOver && nextOffset >= lineCount;
    return c.json({ content: lines.map(lineJson), continuation_token: isComplete ? null : String(nextOffset) });
  },
);

async function findTry(c: AppContext, mapIndex: number): Promise<{ key: TryLogKey; isOver: boolean }> {
  const id = { dagId: dagIdParam(c), runId: runIdParam(c), taskId: taskIdParam(c), mapIndex };
  const tryNumber = numberParam(c, "try_number");
  const instance = await readTaskInstance(platformOf(c), id);
  if (instance === null || tryNumber < 1 || tryNumber > instance.tryNumber) throw notFound(c);
  const isCurrent = tryNumber === instance.tryNumber;
  const isOver = !isCurrent || isFinishedState(instance.state) || instance.state === "up_for_retry";
  return { key: { ...id, tryNumber }, isOver };
}

/** The reader's pages are bounded in bytes too, so several may make up one of ours. */
async function readLines(platform: Platform, key: TryLogKey, offset: number, limit: number) {
  const lines: LogLine[] = [];
  let page = await platform.logs.read(key, { offset, limit });
  while (page.lines.length > 0) {
    lines.push(...page.lines);
    if (lines.length >= limit) break;
    page = await platform.logs.read(key, { offset: page.nextOffset, limit: limit - lines.length });
  }
  return { lines, nextOffset: page.nextOffset, lineCount: page.lineCount };
}

function streamLog(c: AppContext, key: TryLogKey, type: string, format: (line: LogLine) => string): Response {
  const platform = platformOf(c);
  const encoder = new TextEncoder();
  let offset = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const page = await platform.logs.read(key, { offset, limit: PAGE_LINES });
      offset = page.nextOffset;
      if (page.lines.length === 0) controller.close();
      else controller.enqueue(encoder.encode(page.lines.map((line) => `${format(line)}\n`).join("")));
    },
  });
  return c.body(body, 200, { "Content-Type": type });
}

/** The reader's own notes have no instant. */
function lineJson({ t, level, event, ...fields }: LogLine) {
  return { ...fields, timestamp: t === 0 ? null : isoInstant(t), level, event };
}

function textLine({ t, level, event, ...fields }: LogLine): string {
  const names = Object.keys(fields);
  const rest = names.length === 0 ? "" : ` ${JSON.stringify(fields)}`;
  return `[${t === 0 ? "-" : isoInstant(t)}] ${level.toUpperCase()} - ${event}${rest}`;
}
