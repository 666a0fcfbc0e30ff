/** What ends an account's old ways in: another password, and deletion. */
import { z } from "zod";
import { auditStatement } from "../../../auth/audit.ts";
import { type AppContext, notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { newPasswordInput } from "../../../auth/first-user.ts";
import { changeOwnPassword, resetPassword } from "../../../auth/password-change.ts";
import { Routes } from "../../../auth/routes.ts";
import { LOGIN_ERRORS, startSession } from "../../../auth/sign-in-routes.ts";
import { readOne, writeOne } from "../../../catalog/port.ts";
import { type UserView, users } from "../../../catalog/sql/users.ts";
import { paths } from "../../paths.ts";
import { done } from "../../respond.tsx";
import { type FieldErrors, OwnPasswordForm, UserDeletionForm, UserPasswordForm } from "./account-forms.tsx";
import { showForm } from "./show-form.tsx";

export const accountRoutes = new Routes("page");

const admin = { permission: "user.admin" } as const;
const ofUser = z.object({ user_id: z.string().max(100).default("") });
const typedPassword = z.string().max(1_000).default("");
const WRONG_LENGTH = "Use 8 to 128 characters";

accountRoutes.get(paths.ownPassword, { permission: "signed_in" }, (c) => showOwn(c, {}));

const ownPassword = z.object({ current: typedPassword, password: typedPassword, repeated: typedPassword });

accountRoutes.post(paths.ownPassword, { permission: "signed_in", form: ownPassword }, async (c, { body }) => {
  const next = newPasswordInput.safeParse(body.password);
  if (!next.success) return showOwn(c, { password: WRONG_LENGTH });
  if (body.repeated !== next.data) return showOwn(c, { repeated: "The two differ: type the new password again" });
  const check = await changeOwnPassword(c, { current: body.current, next: next.data });
  if (check.type === "wrong") return showOwn(c, { current: "Wrong password" });
  if (check.type === "throttled") return showOwn(c, { "": LOGIN_ERRORS.throttled });
  // All sessions have ended, this one too: whoever changed the password stays signed in with another.
  if (principalOf(c).via === "session") await startSession(c, check.user, check.attemptId);
  const text = "Your password is changed; your other sessions and your tokens have ended";
  return done(c, paths.tokens, { tone: "done", text });
});

accountRoutes.get("/users/password", { ...admin, query: ofUser }, async (c, { query }) => {
  const user = await userOf(c, query.user_id);
  return isOneself(c, user) ? showOwn(c, {}) : showPassword(c, user);
});

accountRoutes.post(
  "/users/password",
  { ...admin, query: ofUser, form: z.object({ password: typedPassword }) },
  async (c, { query, body }) => {
    const user = await userOf(c, query.user_id);
    // One's own takes the current one: a browser left open is not enough.
    if (isOneself(c, user)) return showOwn(c, {});
    const next = newPasswordInput.safeParse(body.password);
    if (!next.success) return showPassword(c, user, WRONG_LENGTH);
    await resetPassword(c, user, next.data);
    const text = `${user.name} has a new password; their sessions and tokens have ended`;
    return done(c, paths.users, { tone: "done", text });
  },
);

accountRoutes.get("/users/deletion", { ...admin, query: ofUser }, async (c, { query }) =>
  showForm(c, "Delete a user", <UserDeletionForm user={await userOf(c, query.user_id)} />),
);

accountRoutes.post("/users/deletion", { ...admin, query: ofUser }, async (c, { query }) => {
  const user = await userOf(c, query.user_id);
  if (isOneself(c, user)) return refuseDeletion(c, user, "You cannot delete yourself: another admin can");
  const deleted = await writeOne(platformOf(c).catalog, users.delete(user.userId));
  if (deleted === null) return refuseDeletion(c, user, "Somebody who may let others in has to be left");
  const audit = auditStatement(c, "user deleted", principalOf(c).username, { user: user.name });
  await platformOf(c).catalog.write([audit]);
  c.get("authenticator").forgetUser(user.userId);
  return done(c, paths.users, { tone: "done", text: `${user.name} is deleted` });
});

async function userOf(c: AppContext, userId: string): Promise<UserView> {
  const user = await readOne(platformOf(c).catalog, users.get(userId));
  if (user === null) throw notFound(c);
  return user;
}

function isOneself(c: AppContext, user: UserView): boolean {
  return user.userId === principalOf(c).userId;
}

function showOwn(c: AppContext, errors: FieldErrors) {
  const status = Object.keys(errors).length === 0 ? 200 : 422;
  return showForm(c, "Change your password", <OwnPasswordForm errors={errors} />, status);
}

function showPassword(c: AppContext, user: UserView, error?: string) {
  const form = <UserPasswordForm user={user} error={error} />;
  return showForm(c, "New password", form, error === undefined ? 200 : 422);
}

function refuseDeletion(c: AppContext, user: UserView, error: string) {
  return showForm(c, "Delete a user", <UserDeletionForm user={user} error={error} />, 409);
}
