/** Makes the first user with the one-time setup token: for the program that deploys, and for the page of a new deployment. */
import { z } from "zod";
import { readOne, writeOne } from "../catalog/port.ts";
import { type UserView, users } from "../catalog/sql/users.ts";
import { auditStatement } from "./audit.ts";
import { clientAddress } from "./client-address.ts";
import { type AppContext, platformOf } from "./context.ts";
import { admitAttempt, PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from "./password-check.ts";
import { isSameSecret } from "./secret.ts";

export const usernameInput = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.@+-]{0,99}$/,
    "Use 1 to 100 letters, digits and . _ @ + -, and begin with a letter or digit",
  );
export const newPasswordInput = z.string().min(PASSWORD_MIN_LENGTH).max(PASSWORD_MAX_LENGTH);

export type FirstUser =
  | { readonly type: "made"; readonly user: UserView; readonly attemptId: number }
  | { readonly type: "throttled" | "closed" | "wrong_token" };

export async function makeFirstUser(
  c: AppContext,
  given: { readonly token: string; readonly username: string; readonly password: string },
): Promise<FirstUser> {
  const platform = platformOf(c);
  const attemptId = await admitAttempt(platform, "(setup)", clientAddress(c));
  if (attemptId === null) return { type: "throttled" };
  if ((await readOne(platform.catalog, users.any())) !== null) return { type: "closed" };
  const expected = platform.secrets.setupToken();
  if (expected === null || !(await isSameSecret(given.token, expected))) return { type: "wrong_token" };
  const user = await writeOne(
    platform.catalog,
    users.createFirst({
      userId: platform.ids.random(16),
      name: given.username,
      passwordHash: await platform.passwords.hash(given.password),
      role: "admin",
      now: platform.clock.now(),
    }),
  );
  if (user === null) return { type: "closed" };
  await platform.catalog.write([auditStatement(c, "setup", user.name)]);
  return { type: "made", user, attemptId };
}
