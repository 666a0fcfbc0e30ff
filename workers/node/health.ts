/** Asks a running Updraft whether it serves. The first request to a new build also makes it read its DAGs. */
import { setTimeout as sleep } from "node:timers/promises";

const pauseMs = 200;
const requestLimitMs = 30_000;

/** The status of `GET /api/v2/monitor/health`; rejects when nobody answers. */
export async function readHealth(url: string): Promise<number> {
  const response = await fetch(new URL("/api/v2/monitor/health", url), { signal: AbortSignal.timeout(requestLimitMs) });
  await response.arrayBuffer();
  return response.status;
}

/** Resolves with null once it answers 200, or with what it last did instead when `limit` is aborted. */
export async function waitForHealth(url: string, limit: AbortSignal): Promise<string | null> {
  let last = "did not answer";
  while (!limit.aborted) {
    try {
      const status = await readHealth(url);
      if (status === 200) return null;
      last = `answered ${status}`;
    } catch (error) {
      last = `did not answer (${error instanceof Error ? error.message : String(error)})`;
    }
    await sleep(pauseMs);
  }
  return last;
}
