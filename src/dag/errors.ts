import { parseDuration } from "../lib/duration.ts";

/**
 * Thrown by `dag()` and what it calls when a definition is wrong, so that it fails when its file is loaded and never
 * at run time. The message names the DAG, the place in it and the fix.
 *
 * @example
 * ```ts
 * import { DefinitionError, dag } from "updraft";
 *
 * try {
 *   dag("bad id", {}, () => {});
 * } catch (error) {
 *   if (!(error instanceof DefinitionError)) throw error;
 *   console.log(error.message);
 * }
 * ```
 */
export class DefinitionError extends Error {
  override readonly name = "DefinitionError";
}

/** `where` is a path such as `DAG "seattle_weather", task "report"`; the problem says the wanted and the given value. */
export function definitionError(where: string, problem: string): DefinitionError {
  return new DefinitionError(`Cannot load ${where}: ${problem}`);
}

/**
 * Throw it in a task to end the try as `skipped`: no failure, no retry. Tasks downstream follow their trigger rules;
 * with `all_success` they are skipped too.
 *
 * @example
 * ```ts
 * import { Skip, dag } from "updraft";
 *
 * export default dag("weekdays_only", {}, ({ task }) => {
 *   task("work", ({ run }) => {
 *     if (run.startAt.getUTCDay() % 6 === 0) throw new Skip("nothing to do at the weekend");
 *     return "worked";
 *   });
 * });
 * ```
 */
export class Skip extends Error {
  override readonly name = "Skip";
}

/**
 * Throw it in a task to fail at once, whatever retries are left, because another try could not end better.
 *
 * @example
 * ```ts
 * import { FailWithoutRetry, dag } from "updraft";
 *
 * export default dag("read_once", {}, ({ task }) => {
 *   task("read", { retries: 5 }, async ({ env, signal }) => {
 *     const response = await fetch(new URL("/data/list.json", env.ORIGIN), { signal });
 *     if (response.status === 404) throw new FailWithoutRetry("the list is gone: HTTP 404");
 *     return response.status;
 *   });
 * });
 * ```
 */
export class FailWithoutRetry extends Error {
  override readonly name = "FailWithoutRetry";
}

/**
 * Throw it in a task to fail this try and choose the delay before the next one in place of `retryDelay`, for example
 * from a `Retry-After` header. It uses up a retry; with none left the task fails. The delay is a text such as `"90s"`
 * or a number of milliseconds; a `TypeError` says when it is neither.
 *
 * @example
 * ```ts
 * import { RetryAfter, dag } from "updraft";
 *
 * export default dag("polite_client", {}, ({ task }) => {
 *   task("read", { retries: 3 }, async ({ env, signal }) => {
 *     const response = await fetch(new URL("/data/list.json", env.ORIGIN), { signal });
 *     if (response.status === 429) throw new RetryAfter("90s", "the source asks to slow down");
 *     return response.status;
 *   });
 * });
 * ```
 */
export class RetryAfter extends Error {
  override readonly name = "RetryAfter";
  /** Milliseconds until the next try. */
  readonly delayMs: number;

  constructor(delay: string | number, message?: string, options?: ErrorOptions) {
    super(message ?? `Retry after ${typeof delay === "number" ? `${delay} ms` : delay}`, options);
    const parsed = typeof delay === "number" ? { ok: true as const, value: delay } : parseDuration(delay);
    if (!parsed.ok) throw new TypeError(parsed.error);
    if (!Number.isFinite(parsed.value) || parsed.value < 0) {
      throw new TypeError(`Cannot retry after ${delay} ms: expected zero or more`);
    }
    this.delayMs = parsed.value;
  }
}
