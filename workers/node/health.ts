/** Asks a running Updraft whether it serves. The first request to a new build also makes it read its DAGs. */
import { setTimeout as sleep } from "node:timers/promises";

const pauseMs = 200;
const requestLimitMs = 30_000;

/** What is wrong with it, or null; rejects when nobody answers. A catalog that could not be migrated is not healthy. */
export async function readHealth(url: string): Promise<string | null> {
  const response = await fetch(new URL("/api/v2/monitor/health", url), { signal: AbortSignal.timeout(requestLimitMs) });
  const text = await response.text();
  const isHealthy = response.ok && JSON.parse(text)?.metadatabase?.status === "healthy";
  return isHealthy ? null : `answered ${response.status} ${text.slice(0, 500)}`;
}

/** Resolves with null once it is healthy, or with what it last did instead when `limit` is aborted. */
export async function waitForHealth(url: string, limit: AbortSignal): Promise<string | null> {
  let last = "did not answer";
  while (!limit.aborted) {
    try {
      const problem = await readHealth(url);
      if (problem === null) return null;
      last = problem;
    } catch (error) {
      last = `did not answer (${error instanceof Error ? error.message : String(error)})`;
    }
    await sleep(pauseMs);
  }
  return last;
}
