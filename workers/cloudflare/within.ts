import { PlatformError } from "../../src/platform.ts";

/**
 * Gives up waiting for a binding: some calls hang for a minute before they fail. Every failure becomes a `PlatformError`
 * that may be retried. The call itself goes on and may still succeed, so only what is harmless when repeated comes here.
 */
export async function within<Value>(
  limit: { readonly code: string; readonly what: string; readonly ms: number },
  call: Promise<Value>,
): Promise<Value> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timeout = setTimeout(() => {
    reject(new PlatformError(limit.code, `Cannot ${limit.what}: no answer in ${limit.ms} ms`, { retryable: true }));
  }, limit.ms);
  try {
    return await Promise.race([call, tooLate]);
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlatformError(limit.code, `Cannot ${limit.what}: ${reason}`, { retryable: true, cause: error });
  } finally {
    clearTimeout(timeout);
  }
}
