/**
 * Checks a name and password. The attempt is counted before anything is hashed, an unknown name costs as much as a wrong
 * password, and both get the same answer.
 */
import { readOne, writeOne } from "../catalog/port.ts";
import { loginAttempts } from "../catalog/sql/login-attempts.ts";
import { type UserView, users } from "../catalog/sql/users.ts";
import type { Platform } from "../platform.ts";
import { isRole } from "./permissions.ts";

export const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 128;
const WINDOW_MS = 60_000;
const MAX_PER_ACCOUNT = 5;
const MAX_PER_ADDRESS = 20;

export type PasswordCheck =
  | { readonly type: "good"; readonly user: UserView; readonly attemptId: number }
  | { readonly type: "wrong"; readonly user: UserView | null }
  | { readonly type: "throttled" };

/** Null when the account or the address had its share of this minute. */
export async function admitAttempt(platform: Platform, account: string, address: string): Promise<number | null> {
  const now = platform.clock.now();
  const attempt = { account: account.slice(0, 100), address, now, since: now - WINDOW_MS };
  const limits = { maxPerAccount: MAX_PER_ACCOUNT, maxPerAddress: MAX_PER_ADDRESS };
  const admitted = await writeOne(platform.catalog, loginAttempts.admit({ ...attempt, ...limits }));
  return admitted?.attemptId ?? null;
}

/** A good attempt still counts until the caller forgets it, which it does in the batch that records the success. */
export async function checkPassword(
  platform: Platform,
  given: { readonly username: string; readonly password: string; readonly address: string },
): Promise<PasswordCheck> {
  const attemptId = await admitAttempt(platform, given.username, given.address);
  if (attemptId === null) return { type: "throttled" };
  const user = await readOne(platform.catalog, users.findByName(given.username));
  // Longer ones were never accepted, so they need not be hashed to be wrong.
  const password = given.password.slice(0, PASSWORD_MAX_LENGTH + 1);
  if (user === null) {
    await platform.passwords.hash(password);
    return { type: "wrong", user: null };
  }
  const isGood = await platform.passwords.verify(password, user.passwordHash);
  if (!isGood || !user.isActive || !isRole(user.role)) return { type: "wrong", user };
  return { type: "good", user, attemptId };
}
