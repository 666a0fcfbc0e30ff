/**
 * Another password for a user, by themselves or by an admin. Whoever knew the old one is out at once: it ends every session
 * and token of the user.
 */
import type { Statement } from "../catalog/port.ts";
import { apiTokens } from "../catalog/sql/api-tokens.ts";
import { loginAttempts } from "../catalog/sql/login-attempts.ts";
import { type UserView, users } from "../catalog/sql/users.ts";
import { auditStatement } from "./audit.ts";
import { clientAddress } from "./client-address.ts";
import { type AppContext, platformOf, principalOf } from "./context.ts";
import { checkPassword, type PasswordCheck } from "./password-check.ts";

/** Asks for the current one, so that a browser left open is not enough to take the user over. */
export async function changeOwnPassword(
  c: AppContext,
  given: { readonly current: string; readonly next: string },
): Promise<PasswordCheck> {
  const { userId, username } = principalOf(c);
  const address = clientAddress(c);
  const check = await checkPassword(platformOf(c), { username, password: given.current, address });
  if (check.type !== "good") return check;
  await setPassword(c, userId, given.next, [
    loginAttempts.forget(check.attemptId),
    auditStatement(c, "password changed", username),
  ]);
  return check;
}

export async function resetPassword(c: AppContext, user: UserView, next: string): Promise<void> {
  const audit = auditStatement(c, "password reset", principalOf(c).username, { user: user.name });
  await setPassword(c, user.userId, next, [audit]);
}

async function setPassword(c: AppContext, userId: string, next: string, also: readonly Statement[]): Promise<void> {
  const { catalog, clock, passwords } = platformOf(c);
  await catalog.write([
    ...users.setPassword(userId, await passwords.hash(next)),
    apiTokens.revokeAllOfUser({ userId, now: clock.now() }),
    ...also,
  ]);
  c.get("authenticator").forgetUser(userId);
}
