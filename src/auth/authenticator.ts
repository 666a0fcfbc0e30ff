/**
 * Finds out whose request it is. A bearer token goes before the cookie and never falls back to it: whoever sends a wrong
 * credential is refused, never treated as someone who sent none. Only the absence of any credential is `null`.
 */
import { readOne, type Statement } from "../catalog/port.ts";
import { apiTokens } from "../catalog/sql/api-tokens.ts";
import { sessions } from "../catalog/sql/sessions.ts";
import type { UserView } from "../catalog/sql/users.ts";
import { type Platform, PlatformError } from "../platform.ts";
import { type AppContext, type Authenticator, platformOf } from "./context.ts";
import { readSessionCookie } from "./cookie.ts";
import { CredentialCache, type Known } from "./credential-cache.ts";
import { unauthorized } from "./guard.ts";
import { isRole, type Principal } from "./permissions.ts";
import { isSessionId, isToken, sha256 } from "./secret.ts";

export const SESSION_IDLE_MS = 8 * 3_600_000;
export const SESSION_LIFE_MS = 7 * 86_400_000;
/** Uses are noted this often at most, so that a page that polls does not write with every request. */
const NOTED_EVERY_MS = 300_000;

/** Holds what this isolate remembers, so make one per isolate. */
export function makeAuthenticator(): Authenticator {
  const cache = new CredentialCache();
  return {
    async authenticate(c) {
      const authorization = c.req.header("authorization");
      if (authorization !== undefined) return byToken(c, cache, authorization);
      const sessionId = readSessionCookie(c);
      return sessionId === undefined || sessionId === "" ? null : bySession(c, cache, sessionId);
    },
    forget: (hash) => cache.forget(hash),
    forgetUser: (userId) => cache.forgetUser(userId),
  };
}

export function bearerToken(authorization: string): string | null {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  return token !== undefined && isToken(token) ? token : null;
}

async function byToken(c: AppContext, cache: CredentialCache, authorization: string): Promise<Principal> {
  const token = bearerToken(authorization);
  if (token === null) throw unauthorized("Invalid token");
  const platform = platformOf(c);
  const hash = await sha256(token);
  const principal = await cache.principal(hash, platform.clock, () => lookUpToken(platform, hash));
  if (principal === null) throw unauthorized("Invalid or expired token");
  return principal;
}

async function bySession(c: AppContext, cache: CredentialCache, sessionId: string): Promise<Principal> {
  if (!isSessionId(sessionId)) throw unauthorized("Invalid session");
  const platform = platformOf(c);
  const hash = await sha256(sessionId);
  const principal = await cache.principal(hash, platform.clock, () => lookUpSession(platform, hash));
  if (principal === null) throw unauthorized("Session expired");
  return principal;
}

async function lookUpToken(platform: Platform, tokenHash: string): Promise<Known | null> {
  const now = platform.clock.now();
  const token = await readOne(platform.catalog, apiTokens.find({ tokenHash, now }));
  if (token === null) return null;
  const unlessUsedAfter = now - NOTED_EVERY_MS;
  if ((token.usedAt ?? 0) <= unlessUsedAfter) {
    await note(platform, apiTokens.touch({ tokenId: token.tokenId, now, unlessUsedAfter }));
  }
  return known(token.user, "token", token.expiresAt ?? Number.MAX_SAFE_INTEGER);
}

async function lookUpSession(platform: Platform, sessionHash: string): Promise<Known | null> {
  const now = platform.clock.now();
  const seenAfter = now - SESSION_IDLE_MS;
  const session = await readOne(platform.catalog, sessions.find({ sessionHash, now, seenAfter }));
  if (session === null) return null;
  const unlessSeenAfter = now - NOTED_EVERY_MS;
  if (session.seenAt <= unlessSeenAfter) await note(platform, sessions.touch({ sessionHash, now, unlessSeenAfter }));
  return known(session.user, "session", session.expiresAt);
}

/** A role of a later release means less here, not more. */
function known(user: UserView, via: Principal["via"], endsAt: number): Known | null {
  if (!isRole(user.role)) return null;
  const principal = { userId: user.userId, username: user.name, role: user.role, dagIds: null, via };
  return { principal, endsAt };
}

async function note(platform: Platform, statement: Statement): Promise<void> {
  try {
    await platform.catalog.write([statement]);
  } catch (error) {
    // The credential is good; that its use could not be noted only makes it idle out earlier.
    if (!(error instanceof PlatformError)) throw error;
  }
}
