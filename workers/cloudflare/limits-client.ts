/** The limits as everything else calls them: one object by a fixed name. A stub that failed once stays broken, so each call asks for one anew. */
import { type LimitsClient, PlatformError } from "../../src/platform.ts";
import type { Env } from "./env.ts";

export const LIMITS_NAME = "limits";

type Method = keyof LimitsClient;

/** The compiler sees to it that none is left out. */
const METHODS = Object.keys({
  subscribe: true,
  exchange: true,
  explain: true,
  forget: true,
  read: true,
  createPool: true,
  changePool: true,
  deletePool: true,
  setParallelism: true,
  holders: true,
  abandon: true,
  release: true,
} satisfies Record<Method, true>) as readonly Method[];

export function limitsClient(env: Env): LimitsClient {
  const methods = METHODS.map((method) => [method, (...args: unknown[]) => call(env, method, args)]);
  return Object.fromEntries(methods) as unknown as LimitsClient;
}

async function call(env: Env, method: Method, args: readonly unknown[]): Promise<unknown> {
  const stub = env.LIMITS.getByName(LIMITS_NAME) as unknown as Record<
    Method,
    (...args: readonly unknown[]) => Promise<unknown>
  >;
  try {
    const reply = await stub[method](...args);
    // A reply counts as held in the other isolate until it is disposed of.
    if (typeof reply === "object" && reply !== null) (reply as Partial<Disposable>)[Symbol.dispose]?.();
    return reply;
  } catch (error) {
    const message = `Cannot call the limits: ${error instanceof Error ? error.message : String(error)}`;
    throw new PlatformError("limits_unreachable", message, { retryable: true, cause: error });
  }
}
