/**
 * Puts route sets together into the one Hono app of a deployment: ids, headers and size limit before them, the one
 * `onError` behind them. What kind of answer a refusal is (JSON or a page) is decided here and nowhere else.
 */
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext, AppEnv, Authenticator } from "../auth/context.ts";
import { signedIn } from "../auth/guard.ts";
import { securityHeaders } from "../auth/headers.ts";
import { type FieldProblem, HttpError } from "../auth/http-error.ts";
import { loginPath, safeNext } from "../auth/next.ts";
import type { Method, Routes } from "../auth/routes.ts";
import { type Platform, PlatformError } from "../platform.ts";

export interface ErrorPage {
  readonly status: number;
  readonly message: string;
  readonly requestId: string;
}

export interface AppOptions {
  /** Called once per request with the runtime's environment (`c.env`). */
  readonly platform: Platform | ((env: unknown) => Platform);
  readonly authenticator: Authenticator;
  readonly routes: readonly Routes[];
  /** Renders a refusal or failure for a browser; plain text without it. */
  readonly errorPage?: (c: AppContext, error: ErrorPage) => Response | Promise<Response>;
}

export const BODY_LIMIT_BYTES = 1_000_000;

export function createApp(options: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use("*", async (c, next) => {
    const platform = typeof options.platform === "function" ? options.platform(c.env) : options.platform;
    c.set("platform", platform);
    c.set("authenticator", options.authenticator);
    c.set("principal", null);
    c.set("routeKind", null);
    c.set("requestId", platform.ids.random(8));
    await next();
    c.res.headers.set("X-Request-Id", c.get("requestId"));
  });
  app.use("*", securityHeaders);
  app.use("*", bodyLimit({ maxSize: BODY_LIMIT_BYTES, onError: tooLarge }));
  for (const routes of options.routes) routes.mount(app);
  refuseOtherMethods(app, options.routes);
  app.notFound(async (c) => {
    // Outsiders learn nothing of which paths exist.
    await signedIn(c);
    throw new HttpError(404, "Not found");
  });
  app.onError((error, c) => answerError(error, c, options));
  return app;
}

function tooLarge(): never {
  throw new HttpError(413, `Request too large: at most ${BODY_LIMIT_BYTES} bytes`);
}

function refuseOtherMethods(app: Hono<AppEnv>, sets: readonly Routes[]): void {
  const methods = new Map<string, Set<Method>>();
  for (const { method, path } of sets.flatMap((routes) => routes.table)) {
    methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  for (const [path, allowed] of methods) {
    app.all(path, async (c) => {
      await signedIn(c);
      throw new HttpError(405, "Method not allowed", { Allow: [...allowed].join(", ") });
    });
  }
}

async function answerError(error: Error, c: AppContext, options: AppOptions): Promise<Response> {
  const failure = asHttp(error);
  logFailure(c, failure.status, error);
  const isApi = c.get("routeKind") === "api" || c.req.path.startsWith("/api/");
  const wantsPage = !isApi && (c.req.header("accept") ?? "").includes("text/html");
  const isHtmx = c.req.header("hx-request") === "true";
  for (const [name, value] of Object.entries(failure.headers)) c.header(name, value);
  if (failure.status === 401 && isHtmx) {
    // A redirect would be followed by the fetch itself and the login page swapped into the middle of this one.
    c.header("HX-Redirect", loginPath(nextAfterHtmx(c)));
    return c.body(null, 401);
  }
  if (failure.status === 401 && wantsPage) {
    const url = new URL(c.req.url);
    return c.redirect(loginPath(c.req.method === "GET" ? safeNext(url.pathname + url.search) : "/"), 303);
  }
  if ((wantsPage || isHtmx) && options.errorPage) {
    const page = { status: failure.status, message: messageOf(failure.detail), requestId: c.get("requestId") };
    return options.errorPage(c, page);
  }
  return c.json({ detail: failure.detail }, failure.status as ContentfulStatusCode);
}

function logFailure(c: AppContext, status: number, error: Error): void {
  const request = `request ${c.get("requestId")} ${c.req.method} ${c.req.path}: ${status}`;
  // An outage is one line per request; a mistake of ours needs its stack.
  if (status === 503) console.warn(request, error.message);
  else if (status >= 500) console.error(request, error);
}

/** What the caller may know of an error. Everything unexpected is a plain 500; the log has the rest. */
function asHttp(error: Error): Pick<HttpError, "detail" | "headers"> & { readonly status: number } {
  if (error instanceof HttpError) return error;
  if (error instanceof PlatformError && error.retryable) {
    return {
      status: 503,
      detail: "Temporarily unavailable: a part of the platform does not answer, try again shortly",
      headers: { "Retry-After": "5" },
    };
  }
  return { status: 500, detail: "Internal server error", headers: {} };
}

function messageOf(detail: string | readonly FieldProblem[]): string {
  if (typeof detail === "string") return detail;
  return detail.map((problem) => `${problem.loc.slice(1).join(".")}: ${problem.msg}`).join("; ");
}

function nextAfterHtmx(c: AppContext): string {
  const current = c.req.header("hx-current-url");
  const url = current && URL.canParse(current) ? new URL(current) : null;
  return url?.origin === new URL(c.req.url).origin ? safeNext(url.pathname + url.search) : "/";
}
