/**
 * The session cookie. Over https it carries the `__Host-` prefix, which a neighbouring subdomain cannot set. Over plain
 * http only this machine may sign in, because anyone on the way could read the cookie.
 */
import { getCookie, setCookie } from "hono/cookie";
import type { AppContext } from "./context.ts";
import { HttpError } from "./http-error.ts";

const NAME = "updraft_session";

export function readSessionCookie(c: AppContext): string | undefined {
  return isSecure(c) ? getCookie(c, NAME, "host") : getCookie(c, NAME);
}

export function writeSessionCookie(c: AppContext, sessionId: string, maxAgeSeconds: number): void {
  assertCookieIsSafe(c);
  const options = { path: "/", httpOnly: true, sameSite: "Lax", maxAge: maxAgeSeconds } as const;
  if (isSecure(c)) setCookie(c, NAME, sessionId, { ...options, secure: true, prefix: "host" });
  else setCookie(c, NAME, sessionId, options);
}

export function clearSessionCookie(c: AppContext): void {
  writeSessionCookie(c, "", 0);
}

export function assertCookieIsSafe(c: AppContext): void {
  const { hostname } = new URL(c.req.url);
  const isLoopback = hostname === "127.0.0.1" || hostname === "[::1]" || /^(.+\.)?localhost$/.test(hostname);
  if (isSecure(c) || isLoopback) return;
  throw new HttpError(400, `Cannot sign in over http at ${JSON.stringify(hostname)}: use https, or localhost`);
}

function isSecure(c: AppContext): boolean {
  return new URL(c.req.url).protocol === "https:";
}
