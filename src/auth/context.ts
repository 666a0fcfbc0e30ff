import type { Context } from "hono";
import { assert } from "../lib/assert.ts";
import type { Actor, Platform } from "../platform.ts";
import { HttpError } from "./http-error.ts";
import type { Principal } from "./permissions.ts";

/** `api` answers JSON, also when it refuses; `page` answers HTML and sends a signed-out browser to the login page. */
export type RouteKind = "api" | "page";

/** Checks the credentials of a request: null when it carries none, a thrown 401 when they are wrong. */
export interface Authenticator {
  authenticate(c: AppContext): Promise<Principal | null>;
  /** A credential was given up: what is remembered of it must go. It is named by its hash. */
  forget(hash: string): void;
  /** All credentials of a user were revoked. */
  forgetUser(userId: string): void;
}

export interface AppEnv {
  Variables: {
    platform: Platform;
    authenticator: Authenticator;
    /** Null on public routes, which look at no credentials. */
    principal: Principal | null;
    requestId: string;
    /** How the route that was found answers; null when none was. */
    routeKind: RouteKind | null;
  };
}

export type AppContext<Path extends string = string> = Context<AppEnv, Path>;

export function platformOf(c: AppContext): Platform {
  return c.get("platform");
}

/** The caller of a route that is not public. */
export function principalOf(c: AppContext): Principal {
  const principal = c.get("principal");
  assert(principal !== null, `the public route ${c.req.path} asks who is signed in`);
  return principal;
}

/** The caller as the audit log names them. */
export function actorOf(c: AppContext): Actor {
  const principal = principalOf(c);
  return { name: principal.username, via: principal.via === "session" ? "web" : "api" };
}

/**
 * The 404 of every resource. Its text depends on the request's path alone, so that what is missing and what the caller
 * may not see are the same answer.
 */
export function notFound(c: AppContext): HttpError {
  const names = Object.entries(c.req.param() as Record<string, string>).map(
    ([name, value]) => `${name} ${JSON.stringify(value.slice(0, 260))}`,
  );
  return new HttpError(404, names.length === 0 ? "Not found" : `Not found: ${names.join(", ")}`);
}
