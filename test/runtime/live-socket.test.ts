/** A page that follows a DAG: who may, and that it is told of news by an object that slept meanwhile. */
import { createExecutionContext, evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { sha256, TOKEN_PREFIX } from "../../src/auth/secret.ts";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { apiTokens } from "../../src/catalog/sql/api-tokens.ts";
import { users } from "../../src/catalog/sql/users.ts";
import type { Env } from "../../workers/cloudflare/env.ts";
import worker from "../../workers/cloudflare/worker.ts";

const bindings = env as unknown as Env;
const site = "https://updraft.test";
const token = TOKEN_PREFIX + "a".repeat(43);
const signedIn = { authorization: `Bearer ${token}` };

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const request = new Request<unknown, IncomingRequestCfProperties>(
    site + path,
    init as RequestInit<IncomingRequestCfProperties>,
  );
  return worker.fetch(request, bindings, createExecutionContext());
}

function follow(dagId: string, headers: Record<string, string>): Promise<Response> {
  return ask(`/dags/${dagId}/live`, { headers: { upgrade: "websocket", origin: site, ...headers } });
}

beforeAll(async () => {
  await ask("/api/v2/monitor/health");
  const now = Date.now();
  await d1Catalog(bindings.DB).write([
    users.create({ userId: "u1", now, name: "ada", passwordHash: "none", role: "admin" }),
    apiTokens.create({
      tokenId: "t1",
      now,
      expiresAt: null,
      name: "test",
      tokenHash: await sha256(token),
      userId: "u1",
    }),
  ]);
});

test("nobody follows a DAG without signing in, or from a page of another site", async () => {
  expect((await follow("typed_params", {})).status).toBe(401);
  expect((await follow("typed_params", { ...signedIn, origin: "https://elsewhere.test" })).status).toBe(403);
  expect((await follow("no_such_dag", signedIn)).status).toBe(404);
});

test("a follower is told of a change, also by an object that was evicted since", async () => {
  const response = await follow("typed_params", signedIn);
  expect(response.status).toBe(101);
  const socket = response.webSocket;
  if (socket === null) throw new Error("no socket came with the answer");
  socket.accept();
  const stub = bindings.DAG_SCHEDULER.getByName("typed_params");
  await evictDurableObject(stub);
  const told = new Promise((resolve) => socket.addEventListener("message", ({ data }) => resolve(data)));
  await (stub as unknown as { setPaused(isPaused: boolean, actor: object): Promise<unknown> }).setPaused(true, {
    name: "ada",
    via: "web",
  });
  expect(await told).toBe("changed");
  socket.close();
});
