/**
 * Remembers for a minute whom a credential belongs to, per isolate. It saves the catalog a read per request, and lets
 * people who are signed in go on while the catalog is down: an entry is refreshed after half a minute, and serves for
 * the other half if that fails. A revocation elsewhere is therefore felt after 30 seconds, during an outage after 60.
 */
import { type Clock, PlatformError } from "../platform.ts";
import type { Principal } from "./permissions.ts";

const FRESH_MS = 30_000;
const KEPT_MS = 60_000;
const MAX_ENTRIES = 5_000;

export interface Known {
  readonly principal: Principal;
  /** When the credential ends by itself; the cache must not prolong it. */
  readonly endsAt: number;
}

interface Entry extends Known {
  readonly checkedAt: number;
}

export class CredentialCache {
  readonly #entries = new Map<string, Entry>();

  /** `look` asks the catalog; null from it is a credential that is not valid (any more). */
  async principal(hash: string, clock: Clock, look: () => Promise<Known | null>): Promise<Principal | null> {
    const now = clock.now();
    const entry = this.#entries.get(hash);
    const isUsable = entry !== undefined && now < entry.endsAt;
    if (isUsable && now - entry.checkedAt < FRESH_MS) return entry.principal;
    try {
      const found = await look();
      this.#entries.delete(hash);
      if (found === null) return null;
      this.#makeRoom();
      this.#entries.set(hash, { ...found, checkedAt: now });
      return found.principal;
    } catch (error) {
      const isOutage = error instanceof PlatformError && error.retryable;
      if (isOutage && isUsable && now - entry.checkedAt < KEPT_MS) return entry.principal;
      throw error;
    }
  }

  forget(hash: string): void {
    this.#entries.delete(hash);
  }

  forgetUser(userId: string): void {
    for (const [hash, entry] of this.#entries) if (entry.principal.userId === userId) this.#entries.delete(hash);
  }

  /** A Map keeps the order of insertion, so its first key is the oldest. */
  #makeRoom(): void {
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
  }
}
