/** Signing in and out of the pages: form posts that end in a redirect, so that they work without JavaScript. */
import { z } from "zod";
import { loginAttempts } from "../catalog/sql/login-attempts.ts";
import { sessions } from "../catalog/sql/sessions.ts";
import type { UserView } from "../catalog/sql/users.ts";
import { auditStatement } from "./audit.ts";
import { SESSION_LIFE_MS } from "./authenticator.ts";
import { clientAddress } from "./client-address.ts";
import { type AppContext, platformOf, principalOf } from "./context.ts";
import { assertCookieIsSafe, clearSessionCookie, readSessionCookie, writeSessionCookie } from "./cookie.ts";
import { loginPath, safeNext } from "./next.ts";
import { checkPassword } from "./password-check.ts";
import { Routes } from "./routes.ts";
import { isSessionId, makeSessionId, sha256 } from "./secret.ts";

export const signInRoutes = new Routes("page");

/** What the login page says about the last attempt; it comes as `?error=` of `/login`. */
export const LOGIN_ERRORS = {
  invalid: "Wrong name or password",
  throttled: "Too many attempts: wait a minute, then try again",
} as const;
export type LoginError = keyof typeof LOGIN_ERRORS;

signInRoutes.post(
  "/auth/login",
  {
    permission: "public",
    form: z.object({
      username: z.string().max(1_000).default(""),
      password: z.string().max(1_000).default(""),
      next: z.string().max(4_000).optional(),
    }),
  },
  async (c, { body }) => {
    assertCookieIsSafe(c);
    const platform = platformOf(c);
    const next = safeNext(body.next);
    const check = await checkPassword(platform, { ...body, address: clientAddress(c) });
    if (check.type === "throttled") return c.redirect(failedPath("throttled", next), 303);
    if (check.type === "wrong") {
      await platform.catalog.write([auditStatement(c, "login failed", check.user?.name ?? null)]);
      return c.redirect(failedPath("invalid", next), 303);
    }
    await startSession(c, check.user, check.attemptId);
    return c.redirect(next, 303);
  },
);

signInRoutes.post("/auth/logout", { permission: "signed_in" }, async (c) => {
  const sessionId = readSessionCookie(c);
  if (sessionId !== undefined && isSessionId(sessionId)) {
    const hash = await sha256(sessionId);
    await platformOf(c).catalog.write([sessions.delete(hash), auditStatement(c, "logout", principalOf(c).username)]);
    c.get("authenticator").forget(hash);
    clearSessionCookie(c);
  }
  return c.redirect("/login", 303);
});

/** Always a new id, so that one planted in the browser before is worth nothing after. */
export async function startSession(c: AppContext, user: UserView, attemptId: number): Promise<void> {
  const { catalog, clock, ids } = platformOf(c);
  const sessionId = makeSessionId(ids);
  const now = clock.now();
  const before = readSessionCookie(c);
  const hashBefore = before !== undefined && isSessionId(before) ? await sha256(before) : null;
  await catalog.write([
    sessions.create({
      sessionHash: await sha256(sessionId),
      userId: user.userId,
      address: clientAddress(c),
      userAgent: (c.req.header("user-agent") ?? "").slice(0, 300),
      now,
      expiresAt: now + SESSION_LIFE_MS,
    }),
    ...(hashBefore === null ? [] : [sessions.delete(hashBefore)]),
    loginAttempts.forget(attemptId),
    auditStatement(c, "login", user.name),
  ]);
  if (hashBefore !== null) c.get("authenticator").forget(hashBefore);
  writeSessionCookie(c, sessionId, SESSION_LIFE_MS / 1_000);
}

function failedPath(error: LoginError, next: string): string {
  const path = loginPath(next);
  return `${path}${path.includes("?") ? "&" : "?"}error=${error}`;
}
