import { setCookie } from "hono/cookie";
import { z } from "zod";
import { platformOf } from "../../../auth/context.ts";
import { safeNext } from "../../../auth/next.ts";
import { Routes } from "../../../auth/routes.ts";
import { LOGIN_ERRORS } from "../../../auth/sign-in-routes.ts";
import { THEMES } from "../../layout/document.tsx";
import { paths } from "../../paths.ts";
import { cameFrom, themeOf } from "../../request.ts";
import { html } from "../../respond.tsx";
import { LoginPage } from "./login-page.tsx";

export const loginRoutes = new Routes("page");

const loginQuery = z.object({
  next: z.string().max(4_000).optional().catch(undefined),
  error: z.enum(["invalid", "throttled"]).optional().catch(undefined),
});

loginRoutes.get(paths.login, { permission: "public", query: loginQuery }, (c, { query }) =>
  html(
    c,
    <LoginPage
      theme={themeOf(c)}
      instanceName={platformOf(c).instanceName}
      next={safeNext(query.next)}
      error={query.error === undefined ? null : LOGIN_ERRORS[query.error]}
    />,
  ),
);

const YEAR_SECONDS = 31_536_000;

loginRoutes.post(paths.theme, { permission: "signed_in", form: z.object({ theme: z.enum(THEMES) }) }, (c, { body }) => {
  setCookie(c, "theme", body.theme, { path: "/", httpOnly: true, sameSite: "Lax", maxAge: YEAR_SECONDS });
  return c.redirect(cameFrom(c, paths.home), 303);
});
