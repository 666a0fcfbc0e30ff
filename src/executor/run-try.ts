/**
 * Runs one granted try to an outcome as data. It never throws and always ends: a function that ignores its abort signal
 * is left behind, and what it returns, logs or pushes afterwards is ignored. It decides nothing: the scheduler enforces the
 * timeout as well, and accepts or refuses the report.
 */
import type { TaskContext, TaskFunction } from "../dag/context.ts";
import type { DagDefinition } from "../dag/definition.ts";
import { Skip } from "../dag/errors.ts";
import type { TaskHooks } from "../dag/hooks.ts";
import type { DagId } from "../dag/ids.ts";
import type { TaskCallback } from "../dag/spec.ts";
import { type Decided, decide } from "./decision.ts";
import { instanceItems, isMapped } from "./instance-items.ts";
import { LogWriter } from "./log-writer.ts";
import type { ExecutorPorts } from "./ports.ts";
import { type Grant, INSTANCE_NAME_CHARS, type RunFacts, type TryOutcome, type TryReport } from "./protocol.ts";
import { resultLengths } from "./result-lengths.ts";
import { applyRetryPolicy } from "./retry-policy.ts";
import { callbackAfter, runTaskCallbacks, type Verdict } from "./task-callbacks.ts";
import { intervalContext, logContext, runContext, tryContext } from "./task-context.ts";
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
  /**
   * Calls the callbacks that follow the outcome, once its report was accepted. `null` when there are none. Never rejects. Their
   * lines continue the log of the try, with the field `callback`.
   */
  afterReport(verdict: Verdict): Promise<void> | null;
}

/** Calls the function before it returns if the inputs are at hand, so that a batch starts in the order of its grants. */
export function startTry(ports: ExecutorPorts, reader: XComReader, order: TryOrder): RunningTry {
  const attempt = new Try(ports, reader, order);
  return {
    stop: (reason) => attempt.stop(reason),
    report: attempt.run(),
    afterReport: (verdict) => attempt.afterReport(verdict),
  };
}

class Try {
  readonly #ports: ExecutorPorts;
  readonly #reader: XComReader;
  readonly #order: TryOrder;
  readonly #log: LogWriter;
  readonly #xcoms: XComWriter;
  readonly #controller = new AbortController();
  readonly #stopped = Promise.withResolvers<StopReason>();
  readonly #definition: DagDefinition | null;
  readonly #hooks: TaskHooks | undefined;
  #instanceName: string | null = null;
  #outcome: TryOutcome | null = null;

  constructor(ports: ExecutorPorts, reader: XComReader, order: TryOrder) {
    this.#ports = ports;
    this.#reader = reader;
    this.#order = order;
    const key = { ...order.grant, dagId: order.dagId };
    this.#log = new LogWriter(ports, key);
    this.#xcoms = new XComWriter(ports, key);
    this.#definition = ports.functions.definition?.(order.dagId) ?? null;
    this.#hooks = own(this.#definition?.hooks.tasks, order.grant.taskId);
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
    this.#outcome = await this.#withRetryPolicy(result.outcome);
    const logChunkCount = await this.#log.close();
    const name = this.#instanceName === null ? {} : { instanceName: this.#instanceName };
    return { runId, taskId, mapIndex, token, ...result, outcome: this.#outcome, logChunkCount, ...name };
  }

  afterReport(verdict: Verdict): Promise<void> | null {
    if (!verdict.accepted || this.#outcome === null) return null;
    const callback = callbackAfter(this.#outcome, verdict, this.#order.grant);
    const functions = this.#hooks?.callbacks?.[callback] ?? [];
    if (functions.length === 0) return null;
    const key = { ...this.#order.grant, dagId: this.#order.dagId };
    return this.#callBack(callback, new LogWriter(this.#ports, key, { afterSeq: this.#log.lastSeq }));
  }

  async #callBack(callback: TaskCallback, log: LogWriter): Promise<void> {
    await runTaskCallbacks(this.#ports, this.#order, { callback, log, hooks: this.#hooks, outcome: this.#outcome });
    await log.close();
  }

  async #withRetryPolicy(outcome: TryOutcome): Promise<TryOutcome> {
    const policy = this.#hooks?.retryPolicy;
    if (policy === undefined || outcome.type !== "failed") return outcome;
    return applyRetryPolicy(this.#ports, policy, { outcome, grant: this.#order.grant, log: this.#log });
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
      const decided = ended.type === "returned" ? this.#decide(ended.value) : null;
      const value = decided === null ? (ended.type === "returned" ? ended.value : undefined) : decided.value;
      const { returnValue, xcoms } = await this.#xcoms.finish(value);
      if (thrown !== null) return { outcome: thrown, xcoms };
      const lengths = resultLengths(this.#hooks, value);
      const more = {
        ...(lengths === undefined ? {} : { lengths }),
        ...(decided === null ? {} : { decision: decided.decision }),
      };
      return { outcome: { type: "success", returnValue, ...more }, xcoms };
    } catch (error) {
      const outcome: TryOutcome = thrown?.type === "failed" ? thrown : thrownOutcome(error);
      return { outcome, xcoms: [] };
    }
  }

  #decide(returned: unknown): Decided | null {
    const { taskId } = this.#order.grant;
    const definition = this.#definition;
    const decision = this.#hooks?.decision;
    if (definition === null || decision === undefined) return null;
    return decide(decision, returned, { definition, taskId, run: this.#order.run, now: this.#ports.timer.now() });
  }

  async #call(taskFunction: TaskFunction): Promise<Ended> {
    try {
      const { dagId, grant } = this.#order;
      // Most tries have no inputs, and a microtask saved here is one saved per hop of every chain.
      const inputs = Object.keys(grant.inputs).length > 0 ? await this.#reader.inputs(dagId, grant) : undefined;
      const items = isMapped(this.#hooks) ? await this.#items(this.#hooks) : undefined;
      if (this.#controller.signal.aborted) throw this.#controller.signal.reason;
      const given = { ...inputs, ...items };
      const scope = { ...given, ...this.#context() };
      if (this.#hooks !== undefined) await this.#prepare(given, scope);
      return { type: "returned", value: await taskFunction(scope) };
    } catch (error) {
      return { type: "threw", error };
    }
  }

  #items(hooks: TaskHooks): Promise<Readonly<Record<string, unknown>>> {
    const { dagId, grant } = this.#order;
    const read = (taskId: string) => this.#reader.mapSource(dagId, grant, taskId);
    return instanceItems({ hooks, groups: this.#definition?.hooks.groups, grant }, read);
  }

  /** The instance's name, the condition, and the callbacks before the task, in this order. */
  async #prepare(given: Readonly<Record<string, unknown>>, scope: Readonly<Record<string, unknown>>): Promise<void> {
    const { instanceName, condition, callbacks } = this.#hooks ?? {};
    if (instanceName !== undefined) this.#instanceName = this.#nameOf(instanceName, given);
    const refusal = condition === undefined ? null : await condition(scope);
    if (refusal !== null) throw new Skip(refusal);
    if (callbacks?.execute !== undefined) {
      const call = { callback: "execute", log: this.#log, hooks: this.#hooks, outcome: null } as const;
      await runTaskCallbacks(this.#ports, this.#order, call);
    }
    if (this.#controller.signal.aborted) throw this.#controller.signal.reason;
  }

  /** A name is for people: without one they see the index. */
  #nameOf(
    instanceName: NonNullable<TaskHooks["instanceName"]>,
    given: Readonly<Record<string, unknown>>,
  ): string | null {
    try {
      return String(instanceName(given)).slice(0, INSTANCE_NAME_CHARS);
    } catch (error) {
      this.#log.write("warning", `The name of this instance could not be made: ${String(error)}`);
      return null;
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
    return {
      params: run.params,
      conf: run.conf,
      run: runContext(dagId, run),
      interval: intervalContext(run),
      ...tryContext(grant),
      xcom: {
        push: (key, value) => this.#xcoms.push(key, value),
        get: (taskId, key = "return_value", options = {}) =>
          this.#reader.get({ dagId, runId: grant.runId }, { taskId, key, mapIndex: options.mapIndex ?? -1 }),
      },
      log: logContext(this.#log),
      signal: this.#controller.signal,
      env: this.#ports.env,
    };
  }
}

/** Not just any property: a task may be called `constructor`. */
function own<Value>(record: Readonly<Record<string, Value>> | undefined, key: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

type Ended =
  | { readonly type: "returned"; readonly value: unknown }
  | { readonly type: "threw"; readonly error: unknown };
