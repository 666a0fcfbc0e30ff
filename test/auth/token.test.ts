import type { Hono } from "hono";
import { beforeEach, describe, expect, test } from "vitest";
import type { AppEnv } from "../../src/auth/context.ts";
import { type FakePlatform, makePlatform, makeTestApp, SETUP_TOKEN } from "../api/fake-platform.ts";

let platform: FakePlatform;
let app: Hono<AppEnv>;

beforeEach(async () => {
  platform = await makePlatform();
  app = makeTestApp(platform);
});

function post(path: string, body: object, headers: Record<string, string> = {}): Response | Promise<Response> {
  return app.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

async function statusWith(token: string, path = "/api/v2/dags"): Promise<number> {
  return (await app.request(path, { headers: { authorization: `Bearer ${token}` } })).status;
}

const ann = { username: "ann", password: "correct horse" };

async function makeToken(): Promise<string> {
  const response = await post("/auth/token", ann);
  return ((await response.json()) as { access_token: string }).access_token;
}

describe("POST /auth/token", () => {
  beforeEach(() => platform.addUser("ann", "correct horse"));

  test("answers 201 with a token that opens the API", async () => {
    const response = await post("/auth/token", ann);
    expect(response.status).toBe(201);
    const body = (await response.json()) as { access_token: string };
    expect(Object.keys(body)).toEqual(["access_token"]);
    expect(body.access_token).toMatch(/^updraft_[0-9A-Za-z]{43}$/);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await statusWith(body.access_token)).toBe(200);
  });

  test("stores the token as a hash only", async () => {
    const token = await makeToken();
    const [rows] = await platform.catalog.read([{ sql: "SELECT * FROM api_token", params: [] }]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token.slice(8));
  });

  test("a token ends after a day, also in the memory of an isolate", async () => {
    const token = await makeToken();
    platform.now += 86_400_000 - 1_000;
    expect(await statusWith(token)).toBe(200);
    platform.now += 1_000;
    expect(await statusWith(token)).toBe(401);
  });

  test("wrong name and wrong password are the same 401, for the same work", async () => {
    const wrongPassword = await post("/auth/token", { ...ann, password: "no" });
    const wrongName = await post("/auth/token", { ...ann, username: "bob" });
    expect([wrongPassword.status, wrongName.status]).toEqual([401, 401]);
    expect(await wrongPassword.text()).toBe(await wrongName.text());
    expect(platform.hashCount).toBe(2);
  });

  test("shares the throttle with the login page", async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) await post("/auth/token", { ...ann, password: "no" });
    const refused = await post("/auth/token", ann);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(platform.hashCount).toBe(5);
  });

  test("DELETE /auth/token revokes the token it carries", async () => {
    const token = await makeToken();
    const other = await makeToken();
    const headers = { authorization: `Bearer ${token}` };
    expect((await app.request("/auth/token", { method: "DELETE", headers })).status).toBe(204);
    expect(await statusWith(token)).toBe(401);
    expect(await statusWith(other)).toBe(200);
  });

  test("a token needs no same-site headers, and a cookie beside it counts for nothing", async () => {
    const token = await makeToken();
    const headers = {
      authorization: `Bearer ${token}`,
      "sec-fetch-site": "cross-site",
      origin: "https://elsewhere.example",
    };
    const response = await app.request("/api/v2/dags/a", {
      method: "PATCH",
      headers: { ...headers, "content-type": "application/json" },
      body: '{"is_paused":true}',
    });
    expect(response.status).not.toBe(403);
    expect(platform.scheduler("a").actors).toEqual([{ name: "ann", via: "api" }]);
  });
});

describe("POST /auth/setup", () => {
  const first = { token: SETUP_TOKEN, username: "root", password: "long enough" };

  test("makes the first user, who can then sign in", async () => {
    const response = await post("/auth/setup", first);
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ username: "root", role: "admin" });
    expect((await post("/auth/token", { username: "root", password: "long enough" })).status).toBe(201);
  });

  test("closes for ever once a user exists, even if that user is switched off", async () => {
    await post("/auth/setup", first);
    expect((await post("/auth/setup", { ...first, username: "other" })).status).toBe(410);
    await platform.catalog.write([{ sql: "UPDATE user SET is_active = 0", params: [] }]);
    expect((await post("/auth/setup", { ...first, username: "other" })).status).toBe(410);
  });

  test("two requests at once make one user", async () => {
    const answers = await Promise.all([
      post("/auth/setup", first),
      post("/auth/setup", { ...first, username: "other" }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 410]);
  });

  test("refuses a wrong token, and any token when none is configured", async () => {
    expect((await post("/auth/setup", { ...first, token: "wrong" })).status).toBe(403);
    platform.setupToken = null;
    expect((await post("/auth/setup", first)).status).toBe(403);
    expect((await post("/auth/setup", { ...first, token: "" })).status).toBe(403);
    expect(platform.hashCount).toBe(0);
  });

  test("cannot be guessed fast", async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) await post("/auth/setup", { ...first, token: `no${attempt}` });
    expect((await post("/auth/setup", first)).status).toBe(429);
  });

  test("names the field that is wrong", async () => {
    const response = await post("/auth/setup", { ...first, username: "a b", password: "short" });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      detail: [{ loc: ["body", "username"] }, { loc: ["body", "password"], type: "too_small" }],
    });
  });
});
