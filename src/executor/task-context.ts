/** Builds what the author's functions receive of the run around them. Each call makes its own `Date` objects. */
import type { DataInterval, Log, RunContext } from "../dag/context.ts";
import type { DagId } from "../dag/ids.ts";
import type { LogWriter } from "./log-writer.ts";
import type { Grant, RunFacts } from "./protocol.ts";

export function runContext(dagId: DagId, run: RunFacts): RunContext {
  return {
    dagId,
    runId: run.runId,
    // The scheduler's run types are the ones that the context names.
    runType: run.runType as RunContext["runType"],
    logicalAt: run.logicalAt === null ? null : new Date(run.logicalAt),
    startAt: new Date(run.startAt),
  };
}

export function intervalContext(run: RunFacts): DataInterval | null {
  if (run.dataIntervalStartAt === null || run.dataIntervalEndAt === null) return null;
  return { startAt: new Date(run.dataIntervalStartAt), endAt: new Date(run.dataIntervalEndAt) };
}

type OfTry = Pick<Grant, "taskId" | "mapIndex" | "tryNumber" | "maxTries" | "token">;

export function tryContext({ taskId, mapIndex, tryNumber, maxTries, token }: OfTry) {
  return { task: { taskId, mapIndex }, attempt: { tryNumber, maxTries, token } };
}

/** `fields` stand in every line, before those of the line itself. */
export function logContext(log: LogWriter, fields?: Readonly<Record<string, unknown>>): Log {
  const write =
    (level: "debug" | "info" | "warning" | "error"): Log["info"] =>
    (message, own) =>
      log.write(level, message, fields === undefined ? own : { ...fields, ...own });
  return { debug: write("debug"), info: write("info"), warn: write("warning"), error: write("error") };
}
