import { z } from "zod";
import { platformOf } from "../../../auth/context.ts";
import { safeNext } from "../../../auth/next.ts";
import { Routes } from "../../../auth/routes.ts";
import { LOGIN_ERRORS } from "../../../auth/sign-in-routes.ts";
import { readOne } from "../../../catalog/port.ts";
import { users } from "../../../catalog/sql/users.ts";
import { paths } from "../../paths.ts";
import { themeOf } from "../../request.ts";
import { html } from "../../respond.tsx";
import { LoginPage } from "./login-page.tsx";

export const loginRoutes = new Routes("page");

const loginQuery = z.object({
  next: z.string().max(4_000).optional().catch(undefined),
  error: z.enum(["invalid", "throttled"]).optional().catch(undefined),
});

loginRoutes.get(paths.login, { permission: "public", query: loginQuery }, async (c, { query }) => {
  const { catalog, instanceName, secrets } = platformOf(c);
  // Nobody can sign in to a deployment without users; whoever holds its setup token can make the first.
  if (secrets.setupToken() !== null && (await readOne(catalog, users.any())) === null) {
    return c.redirect(paths.setup, 303);
  }
  return html(
    c,
    <LoginPage
      theme={themeOf(c)}
      instanceName={instanceName}
      next={safeNext(query.next)}
      error={query.error === undefined ? null : LOGIN_ERRORS[query.error]}
    />,
  );
});
