/**
 * Runs one granted try to an outcome as data. It never throws and always ends: a function that ignores its abort signal
 * is left behind, and what it returns, logs or pushes afterwards is ignored. It decides nothing: the scheduler enforces the
 * timeout as well, and accepts or refuses the report.
 */
import type { RunContext, TaskContext, TaskFunction } from "../dag/context.ts";
import type { DagId } from "../dag/ids.ts";
import { LogWriter } from "./log-writer.ts";
import type { ExecutorPorts } from "./ports.ts";
import type { Grant, RunFacts, TryOutcome, TryReport } from "./protocol.ts";
import {
  failed,
  missingFunctionOutcome,
  type StopReason,
  stopError,
  stoppedOutcome,
  thrownOutcome,
} from "./try-outcome.ts";
import type { XComReader } from "./xcom-reader.ts";
import { XComWriter } from "./xcom-writer.ts";

/** What a stopped function has to clean up and write its last lines. */
const STOP_GRACE_MS = 1_000;

export interface TryOrder {
  readonly dagId: DagId;
  readonly grant: Grant;
  readonly run: RunFacts;
}

export interface RunningTry {
  /** Aborts the try's signal; the report follows, after a short grace at most. Later calls change nothing. */
  stop(reason: StopReason): void;
  /** Never rejects. */
  readonly report: Promise<TryReport>;
}

/** Calls the function before it returns if the inputs are at hand, so that a batch starts in the order of its grants. */
export function startTry(ports: ExecutorPorts, reader: XComReader, order: TryOrder): RunningTry {
  const attempt = new Try(ports, reader, order);
  return { stop: (reason) => attempt.stop(reason), report: attempt.run() };
}

class Try {
  readonly #ports: ExecutorPorts;
  readonly #reader: XComReader;
  readonly #order: TryOrder;
  readonly #log: LogWriter;
  readonly #xcoms: XComWriter;
  readonly #controller = new AbortController();
  readonly #stopped = Promise.withResolvers<StopReason>();

  constructor(ports: ExecutorPorts, reader: XComReader, order: TryOrder) {
    this.#ports = ports;
    this.#reader = reader;
    this.#order = order;
    const key = { ...order.grant, dagId: order.dagId };
    this.#log = new LogWriter(ports, key);
    this.#xcoms = new XComWriter(ports, key);
  }

  stop(reason: StopReason): void {
    if (this.#controller.signal.aborted) return;
    this.#stopped.resolve(reason);
    this.#controller.abort(stopError(reason, this.#order.grant.executionTimeoutMs));
  }

  async run(): Promise<TryReport> {
    const { runId, taskId, mapIndex, token } = this.#order.grant;
    const result = await this.#result().catch((error: unknown) => ({
      outcome: failed(error, "executor_error"),
      xcoms: [],
    }));
    const logChunkCount = await this.#log.close();
    return { runId, taskId, mapIndex, token, ...result, logChunkCount };
  }

  async #result(): Promise<Pick<TryReport, "outcome" | "xcoms">> {
    const { dagId, grant } = this.#order;
    const taskFunction = this.#ports.functions.find(dagId, grant.taskId);
    if (taskFunction === null) {
      return { outcome: missingFunctionOutcome(dagId, grant.taskId, this.#ports.functions.bundleId), xcoms: [] };
    }
    const ended = await this.#raceWithStop(this.#call(taskFunction));
    if (ended.type === "stopped") {
      return { outcome: stoppedOutcome(ended.reason, grant.executionTimeoutMs), xcoms: [] };
    }
    return this.#keep(ended);
  }

  /** Pushed values commit with whatever outcome the function itself came to. */
  async #keep(ended: Ended): Promise<Pick<TryReport, "outcome" | "xcoms">> {
    const thrown = ended.type === "threw" ? thrownOutcome(ended.error) : null;
    try {
      const { returnValue, xcoms } = await this.#xcoms.finish(ended.type === "returned" ? ended.value : undefined);
      return { outcome: thrown ?? { type: "success", returnValue }, xcoms };
    } catch (error) {
      const outcome: TryOutcome = thrown?.type === "failed" ? thrown : thrownOutcome(error);
      return { outcome, xcoms: [] };
    }
  }

  async #call(taskFunction: TaskFunction): Promise<Ended> {
    try {
      const { dagId, grant } = this.#order;
      // Most tries have no inputs, and a microtask saved here is one saved per hop of every chain.
      const inputs = Object.keys(grant.inputs).length > 0 ? await this.#reader.inputs(dagId, grant) : undefined;
      if (this.#controller.signal.aborted) throw this.#controller.signal.reason;
      return { type: "returned", value: await taskFunction({ ...inputs, ...this.#context() }) };
    } catch (error) {
      return { type: "threw", error };
    }
  }

  async #raceWithStop(call: Promise<Ended>): Promise<Ended | { type: "stopped"; reason: StopReason }> {
    const timeout = this.#startTimeout();
    const first = await Promise.race([call, this.#stopped.promise]);
    timeout?.abort();
    if (typeof first !== "string") return first;
    const grace = new AbortController();
    await Promise.race([call, this.#ports.timer.sleep(STOP_GRACE_MS, grace.signal)]);
    grace.abort();
    return { type: "stopped", reason: first };
  }

  /** No declared timeout, no timer. */
  #startTimeout(): AbortController | null {
    const timeoutMs = this.#order.grant.executionTimeoutMs;
    if (timeoutMs === null) return null;
    const timeout = new AbortController();
    void this.#ports.timer.sleep(timeoutMs, timeout.signal).then(() => {
      if (!timeout.signal.aborted) this.stop("timeout");
    });
    return timeout;
  }

  #context(): TaskContext {
    const { dagId, grant, run } = this.#order;
    const log = this.#log;
    return {
      params: run.params,
      conf: run.conf,
      run: {
        dagId,
        runId: run.runId,
        // The scheduler's run types are the ones that the context names.
        runType: run.runType as RunContext["runType"],
        logicalAt: run.logicalAt === null ? null : new Date(run.logicalAt),
        startAt: new Date(run.startAt),
      },
      interval:
        run.dataIntervalStartAt === null || run.dataIntervalEndAt === null
          ? null
          : { startAt: new Date(run.dataIntervalStartAt), endAt: new Date(run.dataIntervalEndAt) },
      task: { taskId: grant.taskId, mapIndex: grant.mapIndex },
      attempt: { tryNumber: grant.tryNumber, maxTries: grant.maxTries, token: grant.token },
      xcom: {
        push: (key, value) => this.#xcoms.push(key, value),
        get: (taskId, key = "return_value", options = {}) =>
          this.#reader.get({ dagId, runId: grant.runId }, { taskId, key, mapIndex: options.mapIndex ?? -1 }),
      },
      log: {
        debug: (message, fields) => log.write("debug", message, fields),
        info: (message, fields) => log.write("info", message, fields),
        warn: (message, fields) => log.write("warning", message, fields),
        error: (message, fields) => log.write("error", message, fields),
      },
      signal: this.#controller.signal,
      env: this.#ports.env,
    };
  }
}

type Ended =
  | { readonly type: "returned"; readonly value: unknown }
  | { readonly type: "threw"; readonly error: unknown };
