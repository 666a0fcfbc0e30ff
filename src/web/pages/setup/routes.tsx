import { z } from "zod";
import { type AppContext, platformOf } from "../../../auth/context.ts";
import { assertCookieIsSafe } from "../../../auth/cookie.ts";
import { makeFirstUser, newPasswordInput, usernameInput } from "../../../auth/first-user.ts";
import { HttpError } from "../../../auth/http-error.ts";
import { Routes } from "../../../auth/routes.ts";
import { startSession } from "../../../auth/sign-in-routes.ts";
import { readOne } from "../../../catalog/port.ts";
import { users } from "../../../catalog/sql/users.ts";
import { paths } from "../../paths.ts";
import { themeOf } from "../../request.ts";
import { html } from "../../respond.tsx";
import { SetupPage } from "./setup-page.tsx";

export const setupRoutes = new Routes("page");

const text = z.string().max(1_000).catch("");

setupRoutes.get(paths.setup, { permission: "public", query: z.object({ token: text }) }, async (c, { query }) => {
  if ((await readOne(platformOf(c).catalog, users.any())) !== null) return c.redirect(paths.login, 303);
  return show(c, { token: query.token, username: "admin" }, {});
});

const form = z.object({ token: text, username: text, password: text });

setupRoutes.post(paths.setup, { permission: "public", form }, async (c, { body }) => {
  assertCookieIsSafe(c);
  const name = usernameInput.safeParse(body.username);
  const errors: Record<string, string> = {};
  if (!name.success) errors["username"] = name.error.issues[0]?.message ?? "Not a name";
  if (!newPasswordInput.safeParse(body.password).success) errors["password"] = "Use 8 to 128 characters";
  if (Object.keys(errors).length > 0) return show(c, body, errors, 422);
  const made = await makeFirstUser(c, body);
  switch (made.type) {
    case "closed":
      throw new HttpError(410, "Setup is closed: a user exists already");
    case "throttled":
      return show(c, body, { "": "Too many attempts: wait a minute, then try again" }, 429);
    case "wrong_token":
      return show(c, body, { token: "This is not the token that the deployment printed" }, 403);
    case "made":
      await startSession(c, made.user, made.attemptId);
      return c.redirect(paths.home, 303);
  }
});

function show(
  c: AppContext,
  typed: { readonly token: string; readonly username: string },
  errors: Readonly<Record<string, string>>,
  status: 200 | 403 | 422 | 429 = 200,
) {
  c.status(status);
  const { instanceName } = platformOf(c);
  return html(c, <SetupPage theme={themeOf(c)} instanceName={instanceName} typed={typed} errors={errors} />);
}
