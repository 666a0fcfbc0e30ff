import { z } from "zod";
import { auditStatement } from "../../../auth/audit.ts";
import { notFound, platformOf, principalOf } from "../../../auth/context.ts";
import { newPasswordInput, usernameInput } from "../../../auth/first-user.ts";
import { Routes } from "../../../auth/routes.ts";
import { makeToken, sha256 } from "../../../auth/secret.ts";
import { readOne, readTogether, writeOne } from "../../../catalog/port.ts";
import { apiTokens } from "../../../catalog/sql/api-tokens.ts";
import { users } from "../../../catalog/sql/users.ts";
import { NO_FACTS, pageFactsOf } from "../../page-facts.ts";
import { paths } from "../../paths.ts";
import { done, respond, shellOf } from "../../respond.tsx";
import { showForm } from "./show-form.tsx";
import { MadeToken, NewTokenForm, TOKEN_LIVES, TokensPage } from "./tokens-page.tsx";
import { NewUserForm, UsersPage } from "./users-page.tsx";

export const userRoutes = new Routes("page");

const admin = { permission: "user.admin" } as const;
const MAX_SHOWN = 500;
const DAY_MS = 86_400_000;

userRoutes.get(paths.users, admin, async (c) => {
  const [rows, [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
    users.list({ limit: MAX_SHOWN, offset: 0 }),
    pageFactsOf(c, paths.users),
  ]);
  const page = () => (
    <UsersPage shell={shellOf(c, facts.importErrorCount)} users={rows} ownUserId={principalOf(c).userId} />
  );
  return respond(c, { ptag: null, page, parts: {} });
});

userRoutes.get(paths.newUser, admin, (c) => showForm(c, "New user", <NewUserForm typed="" errors={{}} />));

const newUser = z.object({ username: z.string().max(1_000).default(""), password: z.string().max(1_000).default("") });

userRoutes.post(paths.newUser, { ...admin, form: newUser }, async (c, { body }) => {
  const name = usernameInput.safeParse(body.username);
  const password = newPasswordInput.safeParse(body.password);
  const errors: Record<string, string> = {};
  if (!name.success) errors["username"] = name.error.issues[0]?.message ?? "Not a name";
  if (!password.success) errors["password"] = "Use 8 to 128 characters";
  if (!name.success || !password.success)
    return showForm(c, "New user", <NewUserForm typed={body.username} errors={errors} />, 422);
  const { catalog, clock, ids, passwords } = platformOf(c);
  const user = { userId: ids.random(16), name: name.data, role: "admin", now: clock.now() } as const;
  const made = await writeOne(catalog, users.create({ ...user, passwordHash: await passwords.hash(password.data) }));
  if (made === null) {
    const taken = { username: "There is a user of this name already" };
    return showForm(c, "New user", <NewUserForm typed={body.username} errors={taken} />, 422);
  }
  await catalog.write([auditStatement(c, "user created", principalOf(c).username, { user: made.name })]);
  return done(c, paths.users, { tone: "done", text: `The user ${made.name} is made` });
});

const userState = z.object({ user_id: z.string().max(100), is_active: z.enum(["true", "false"]) });

userRoutes.post(paths.userState, { ...admin, form: userState }, async (c, { body }) => {
  const { catalog } = platformOf(c);
  const user = await readOne(catalog, users.get(body.user_id));
  if (user === null) throw notFound(c);
  const { userId, username } = principalOf(c);
  if (user.userId === userId) {
    return done(c, paths.users, { tone: "danger", text: "You cannot switch yourself off: somebody has to be left" });
  }
  const isActive = body.is_active === "true";
  const event = isActive ? "user switched on" : "user switched off";
  await catalog.write([
    ...users.setActive(user.userId, isActive),
    auditStatement(c, event, username, { user: user.name }),
  ]);
  c.get("authenticator").forgetUser(user.userId);
  return done(c, paths.users, { tone: "done", text: `${user.name} is switched ${isActive ? "on" : "off"}` });
});

userRoutes.get(paths.tokens, { permission: "signed_in" }, async (c) => {
  const [rows, [facts = NO_FACTS]] = await readTogether(platformOf(c).catalog, [
    apiTokens.list(principalOf(c).userId),
    pageFactsOf(c, paths.tokens),
  ]);
  const page = () => <TokensPage shell={shellOf(c, facts.importErrorCount)} tokens={rows.slice(0, MAX_SHOWN)} />;
  return respond(c, { ptag: null, page, parts: {} });
});

userRoutes.get(paths.newToken, { permission: "signed_in" }, (c) => showForm(c, "New token", <NewTokenForm typed="" />));

const newToken = z.object({
  name: z.string().max(1_000).default(""),
  days: z.enum(Object.keys(TOKEN_LIVES) as [keyof typeof TOKEN_LIVES]).catch("90"),
});

userRoutes.post(paths.newToken, { permission: "signed_in", form: newToken }, async (c, { body }) => {
  const name = body.name.trim();
  if (name === "" || name.length > 100) {
    return showForm(c, "New token", <NewTokenForm typed={body.name} error="Use 1 to 100 characters" />, 422);
  }
  const { catalog, clock, ids } = platformOf(c);
  const { userId, username } = principalOf(c);
  const token = makeToken(ids);
  const now = clock.now();
  const expiresAt = now + Number(body.days) * DAY_MS;
  await catalog.write([
    apiTokens.create({ tokenId: ids.random(16), tokenHash: await sha256(token), userId, name, now, expiresAt }),
    auditStatement(c, "token created", username, { name }),
  ]);
  return showForm(c, "New token", <MadeToken name={name} token={token} />);
});

userRoutes.post(
  paths.tokenRevocation,
  { permission: "signed_in", form: z.object({ token_id: z.string().max(100) }) },
  async (c, { body }) => {
    const { catalog, clock } = platformOf(c);
    const { userId, username } = principalOf(c);
    await catalog.write([
      apiTokens.revoke({ tokenId: body.token_id, userId, now: clock.now() }),
      auditStatement(c, "token revoked", username),
    ]);
    // What this isolate remembers of the token is named by a hash that only its holder knows.
    c.get("authenticator").forgetUser(userId);
    return done(c, paths.tokens, { tone: "done", text: "The token is revoked" });
  },
);
