/** Bearer tokens, the first user, and passwords: JSON in, JSON out. */
import { z } from "zod";
import { readOne } from "../catalog/port.ts";
import { apiTokens } from "../catalog/sql/api-tokens.ts";
import { loginAttempts } from "../catalog/sql/login-attempts.ts";
import { auditStatement } from "./audit.ts";
import { bearerToken } from "./authenticator.ts";
import { clientAddress } from "./client-address.ts";
import { platformOf, principalOf } from "./context.ts";
import { makeFirstUser, newPasswordInput, usernameInput } from "./first-user.ts";
import { unauthorized } from "./guard.ts";
import { fieldError, HttpError } from "./http-error.ts";
import { changeOwnPassword } from "./password-change.ts";
import { checkPassword } from "./password-check.ts";
import { Routes } from "./routes.ts";
import { makeToken, sha256 } from "./secret.ts";

export const tokenRoutes = new Routes("api");
const tag = "Auth";

export const TOKEN_LIFE_MS = 86_400_000;

const anyPasswordInput = z.string().max(1_000);

tokenRoutes.post(
  "/auth/token",
  {
    permission: "public",
    tag,
    summary: "Get a bearer token for a name and password; it is shown once and lasts a day",
    body: z.object({ username: z.string().max(1_000), password: anyPasswordInput }),
    responses: { 201: z.object({ access_token: z.string() }), 401: { description: "Wrong name or password" } },
  },
  async (c, { body }) => {
    const platform = platformOf(c);
    const check = await checkPassword(platform, { ...body, address: clientAddress(c) });
    if (check.type === "throttled") throw tooManyAttempts();
    if (check.type === "wrong") {
      await platform.catalog.write([auditStatement(c, "login failed", check.user?.name ?? null)]);
      throw unauthorized("Invalid credentials");
    }
    const token = makeToken(platform.ids);
    const now = platform.clock.now();
    await platform.catalog.write([
      apiTokens.create({
        tokenId: platform.ids.random(16),
        tokenHash: await sha256(token),
        userId: check.user.userId,
        name: "POST /auth/token",
        now,
        expiresAt: now + TOKEN_LIFE_MS,
      }),
      loginAttempts.forget(check.attemptId),
      auditStatement(c, "token created", check.user.name),
    ]);
    return c.json({ access_token: token }, 201);
  },
);

tokenRoutes.delete(
  "/auth/token",
  {
    permission: "signed_in",
    tag,
    summary: "Revoke the token that this request carries",
    responses: { 204: { description: "Revoked" } },
  },
  async (c) => {
    const token = bearerToken(c.req.header("authorization") ?? "");
    if (token === null) throw new HttpError(400, "Nothing to revoke: send the token as the bearer of this request");
    const { catalog, clock } = platformOf(c);
    const { userId, username } = principalOf(c);
    const tokenHash = await sha256(token);
    const now = clock.now();
    const found = await readOne(catalog, apiTokens.find({ tokenHash, now }));
    if (found !== null) {
      const revoke = apiTokens.revoke({ tokenId: found.tokenId, userId, now });
      await catalog.write([revoke, auditStatement(c, "token revoked", username)]);
    }
    c.get("authenticator").forget(tokenHash);
    return c.body(null, 204);
  },
);

tokenRoutes.post(
  "/auth/setup",
  {
    permission: "public",
    tag,
    summary: "Make the first user with the one-time setup token; closed for ever once a user exists",
    body: z.strictObject({ token: z.string().max(1_000), username: usernameInput, password: newPasswordInput }),
    responses: { 201: z.object({ username: z.string(), role: z.string() }), 410: { description: "Closed" } },
  },
  async (c, { body }) => {
    const made = await makeFirstUser(c, body);
    switch (made.type) {
      case "throttled":
        throw tooManyAttempts();
      case "closed":
        throw setupIsClosed();
      case "wrong_token":
        throw new HttpError(403, "Wrong setup token: the deployment printed the one that is valid");
      case "made":
        return c.json({ username: made.user.name, role: made.user.role }, 201);
    }
  },
);

tokenRoutes.post(
  "/auth/password",
  {
    permission: "signed_in",
    tag,
    summary: "Change the caller's password; it ends all their sessions and tokens",
    body: z.strictObject({ current_password: anyPasswordInput, new_password: newPasswordInput }),
    responses: { 204: { description: "Changed" } },
  },
  async (c, { body }) => {
    const check = await changeOwnPassword(c, { current: body.current_password, next: body.new_password });
    if (check.type === "throttled") throw tooManyAttempts();
    if (check.type === "wrong") throw fieldError(["body", "current_password"], "Wrong password");
    return c.body(null, 204);
  },
);

function tooManyAttempts(): HttpError {
  return new HttpError(429, "Too many attempts: wait a minute, then try again", { "Retry-After": "60" });
}

function setupIsClosed(): HttpError {
  return new HttpError(410, "Setup is closed: a user exists already");
}
