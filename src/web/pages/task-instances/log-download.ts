/** A log as a text file, made while it is sent: a log of 100 MB never lies in memory. */
import type { LogLine } from "../../../executor/log-lines.ts";
import { isoInstant } from "../../format.ts";
import type { TaskData } from "./task-frame.tsx";

export function logText(parts: AsyncIterable<readonly LogLine[]>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = parts[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value.map(textOf).join("")));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

function textOf({ t, level, event, ...fields }: LogLine): string {
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  return `${t === 0 ? "" : `${isoInstant(t)} `}${level.toUpperCase()} ${event}${rest.join("")}\n`;
}

/** Ids hold what a file system or a header does not. */
export function downloadName({ shown }: TaskData): string {
  const name = [shown.dagId, shown.runId, shown.taskId, ...(shown.mapIndex < 0 ? [] : [shown.mapIndex])].join("_");
  return `${name.replaceAll(/[^A-Za-z0-9._-]/g, "-")}_try${shown.tryNumber}.log`;
}
