import type { Hono } from "hono";
import { createApp } from "../../src/api/app.ts";
import type { AppEnv } from "../../src/auth/context.ts";
import type { Platform } from "../../src/platform.ts";
import { errorPage } from "../../src/web/error-page.tsx";
import { webRoutes } from "../../src/web/routes.ts";
import { fixedAuthenticator } from "../fixtures/fixed-authenticator.ts";

/** The dashboard over a platform, with somebody signed in. */
export function makeWebApp(platform: Platform): Hono<AppEnv> {
  return createApp({
    platform,
    authenticator: fixedAuthenticator({ userId: "id-ada", username: "ada", via: "session" }),
    routes: webRoutes,
    errorPage,
  });
}
