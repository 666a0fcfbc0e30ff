import type { Hono } from "hono";
import { beforeEach, describe, expect, test } from "vitest";
import type { AppEnv } from "../../src/auth/context.ts";
import { readAll } from "../../src/catalog/port.ts";
import { eventLog } from "../../src/catalog/sql/event-log.ts";
import { type FakePlatform, makePlatform, makeTestApp } from "../api/fake-platform.ts";
import { makeRun } from "../fixtures/projections.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SITE = "http://localhost";

let platform: FakePlatform;
let app: Hono<AppEnv>;

beforeEach(async () => {
  platform = await makePlatform();
  await platform.addUser("ann", "correct horse");
  app = makeTestApp(platform);
});

function submit(
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
  site = SITE,
): Response | Promise<Response> {
  return app.request(`${site}${path}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", origin: site, ...headers },
    body: new URLSearchParams(fields).toString(),
  });
}

function cookieOf(response: Response): string {
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

async function signIn(headers: Record<string, string> = {}): Promise<string> {
  return cookieOf(await submit("/auth/login", { username: "ann", password: "correct horse" }, headers));
}

async function statusWith(cookie: string, path = "/api/v2/dags"): Promise<number> {
  return (await app.request(path, { headers: { cookie } })).status;
}

async function events() {
  const rows = await readAll(platform.catalog, eventLog.list({ allowedDagIds: null }, { limit: 50, offset: 0 }));
  return rows.map(({ event, actor }) => `${event} by ${actor}`).reverse();
}

describe("POST /auth/login", () => {
  test("starts a session and goes where the visitor wanted to go", async () => {
    const response = await submit("/auth/login", {
      username: "ann",
      password: "correct horse",
      next: "/dags/a?tab=runs",
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/dags/a?tab=runs");
    expect(response.headers.get("set-cookie")).toMatch(
      /^updraft_session=[0-9a-f]{64}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(await statusWith(cookieOf(response))).toBe(200);
    expect(await events()).toEqual(["login by ann"]);
  });

  test.each([
    "https://evil.example/",
    "//evil.example",
    "/..//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "evil",
    "/%0d%0a",
    "",
  ])("never leads to another site: %s", async (next) => {
    const response = await submit("/auth/login", { username: "ann", password: "correct horse", next });
    const location = response.headers.get("location") ?? "";
    expect(new URL(location, SITE).origin).toBe(SITE);
    expect(location).toMatch(/^\/(%0d%0a)?$/);
  });

  test("over https the cookie is Secure and bound to the host", async () => {
    const fields = { username: "ann", password: "correct horse" };
    const response = await submit("/auth/login", fields, {}, "https://updraft.example");
    expect(response.headers.get("set-cookie")).toMatch(
      /^__Host-updraft_session=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000");
  });

  test("over plain http only this machine may sign in", async () => {
    const fields = { username: "ann", password: "correct horse" };
    expect((await submit("/auth/login", fields, {}, "http://10.0.0.5:8787")).status).toBe(400);
    expect((await submit("/auth/login", fields, {}, "http://127.0.0.1:8787")).status).toBe(303);
    expect((await submit("/auth/login", fields, {}, "http://[::1]:8787")).status).toBe(303);
    expect((await submit("/auth/login", fields, {}, "http://localhost.evil.example")).status).toBe(400);
  });

  test("a wrong password, an unknown name and an inactive user get the same answer for the same work", async () => {
    await platform.addUser("gone", "correct horse");
    await platform.catalog.write([{ sql: "UPDATE user SET is_active = 0 WHERE name = 'gone'", params: [] }]);
    const answers: string[] = [];
    const work: number[] = [];
    for (const fields of [
      { username: "ann", password: "wrong" },
      { username: "nobody", password: "wrong" },
      { username: "gone", password: "correct horse" },
    ]) {
      const before = platform.hashCount;
      const response = await submit("/auth/login", { ...fields, next: "/dags" });
      answers.push(`${response.status} ${response.headers.get("location")} ${response.headers.get("set-cookie")}`);
      work.push(platform.hashCount - before);
    }
    expect(new Set(answers)).toEqual(new Set(["303 /login?next=%2Fdags&error=invalid null"]));
    expect(work).toEqual([1, 1, 1]);
    expect(await events()).toEqual(["login failed by ann", "login failed by (unknown)", "login failed by gone"]);
  });

  test("a page of another site cannot sign a visitor in", async () => {
    const fields = { username: "ann", password: "correct horse" };
    expect((await submit("/auth/login", fields, { origin: "https://evil.example" })).status).toBe(403);
    expect((await submit("/auth/login", fields, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect(platform.hashCount).toBe(0);
  });

  test("the sixth wrong attempt of a minute on one account is refused before anything is hashed", async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) await submit("/auth/login", { username: "ann", password: "no" });
    const before = platform.hashCount;
    // The name is counted without regard to case, and a good password does not help.
    const refused = await submit("/auth/login", { username: "ANN", password: "correct horse" });
    expect(refused.headers.get("location")).toBe("/login?error=throttled");
    expect(platform.hashCount).toBe(before);
    platform.now += 60_001;
    expect(await statusWith(await signIn())).toBe(200);
  });

  test("the 21st wrong attempt of a minute from one network is refused, whatever the account and the address in it", async () => {
    const attempt = (index: number, address: string) =>
      submit("/auth/login", { username: `user${index}`, password: "no" }, { "cf-connecting-ip": address });
    for (let index = 0; index < 20; index += 1) await attempt(index, `2001:db8:1:2:${index.toString(16)}::1`);
    const refused = await attempt(20, "2001:DB8:1:2:ffff::2");
    expect(refused.headers.get("location")).toBe("/login?error=throttled");
    expect((await attempt(21, "2001:db8:1:3::1")).headers.get("location")).toBe("/login?error=invalid");
    // Only the header that Cloudflare sets counts.
    const spoofed = { "cf-connecting-ip": "2001:db8:1:2::3", "x-forwarded-for": "9.9.9.9", "x-real-ip": "9.9.9.9" };
    const again = await submit("/auth/login", { username: "other", password: "no" }, spoofed);
    expect(again.headers.get("location")).toBe("/login?error=throttled");
  });

  test("good passwords do not use up the attempts", async () => {
    for (let attempt = 0; attempt < 8; attempt += 1) expect(await signIn()).not.toBe("");
  });
});

describe("a session", () => {
  test("is new with every login, and the one before in this browser ends", async () => {
    const first = await signIn();
    const second = await signIn({ cookie: first });
    expect(second).not.toBe(first);
    expect(await statusWith(first)).toBe(401);
    expect(await statusWith(second)).toBe(200);
  });

  test("an id planted before the login is worth nothing after it", async () => {
    const planted = `updraft_session=${"a".repeat(64)}`;
    const cookie = await signIn({ cookie: planted });
    expect(cookie).not.toBe(planted);
    expect(await statusWith(planted)).toBe(401);
  });

  test("is stored as a hash only", async () => {
    const secret = (await signIn()).split("=")[1] ?? "";
    const [rows] = await platform.catalog.read([{ sql: "SELECT * FROM session", params: [] }]);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  test("idles out after eight hours without use, and use prolongs it", async () => {
    const cookie = await signIn();
    platform.now += 7 * HOUR;
    expect(await statusWith(cookie)).toBe(200);
    platform.now += 7 * HOUR;
    expect(await statusWith(cookie)).toBe(200);
    platform.now += 8 * HOUR + 1;
    expect(await statusWith(cookie)).toBe(401);
  });

  test("ends after seven days however it is used", async () => {
    const cookie = await signIn();
    for (let passed = 6 * HOUR; passed < 7 * DAY; passed += 6 * HOUR) {
      platform.now += 6 * HOUR;
      expect(await statusWith(cookie)).toBe(200);
    }
    platform.now += 6 * HOUR;
    expect(await statusWith(cookie)).toBe(401);
  });

  test("ends with the logout, which needs the request to come from this site", async () => {
    const cookie = await signIn();
    expect((await submit("/auth/logout", {}, { cookie, origin: "https://evil.example" })).status).toBe(403);
    expect(await statusWith(cookie)).toBe(200);
    const response = await submit("/auth/logout", {}, { cookie });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/login");
    expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
    expect(await statusWith(cookie)).toBe(401);
    expect(await events()).toEqual(["login by ann", "logout by ann"]);
  });

  test("does not carry a request that changes something from another site", async () => {
    const cookie = await signIn();
    const patch = (headers: Record<string, string>) =>
      app.request("/api/v2/dags/a", {
        method: "PATCH",
        headers: { "content-type": "application/json", cookie, ...headers },
        body: '{"is_paused":true}',
      });
    expect((await patch({})).status).toBe(403);
    expect((await patch({ "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await patch({ "sec-fetch-site": "same-origin" })).status).not.toBe(403);
    expect(platform.scheduler("a").actors).toEqual([{ name: "ann", via: "web" }]);
  });

  test("goes on for a minute while the catalog is down; then, and for all others, the door stays shut", async () => {
    const cookie = await signIn();
    expect(await statusWith(cookie)).toBe(200);
    const stranger = `updraft_session=${"b".repeat(64)}`;
    platform.isCatalogDown = true;
    // The DAG's own object answers.
    platform.scheduler("a").runs.set("r", makeRun({ dagId: "a", runId: "r" }));
    expect(await statusWith(cookie, "/api/v2/dags/a/dagRuns/r")).toBe(200);
    const headers = { "content-type": "application/json", origin: SITE, cookie };
    const trigger = () => app.request("/api/v2/dags/a/dagRuns", { method: "POST", headers, body: "{}" });
    expect((await trigger()).status).toBe(200);
    expect((await app.request("/api/v2/monitor/health")).status).toBe(200);
    expect(await statusWith(stranger)).toBe(503);
    platform.now += 59_000;
    expect(await statusWith(cookie, "/api/v2/dags/a/dagRuns/r")).toBe(200);
    platform.now += 2_000;
    expect(await statusWith(cookie, "/api/v2/dags/a/dagRuns/r")).toBe(503);
    expect((await trigger()).status).toBe(503);
    expect((await submit("/auth/login", { username: "ann", password: "correct horse" })).status).toBe(503);
    platform.isCatalogDown = false;
    expect(await statusWith(cookie)).toBe(200);
  });

  test("of a user who was switched off is over within half a minute", async () => {
    const cookie = await signIn();
    expect(await statusWith(cookie)).toBe(200);
    await platform.catalog.write([{ sql: "UPDATE user SET is_active = 0", params: [] }]);
    platform.now += 30_000;
    expect(await statusWith(cookie)).toBe(401);
  });
});

describe("POST /password", () => {
  const fields = { current: "correct horse", password: "battery staple", repeated: "battery staple" };

  test("keeps whoever changed it signed in, and nobody else who knew the old one", async () => {
    const here = await signIn();
    const elsewhere = await signIn();
    expect(await statusWith(elsewhere)).toBe(200);
    const answer = await submit("/password", fields, { cookie: here });
    expect(answer.status).toBe(303);
    const session = answer.headers.getSetCookie().find((cookie) => cookie.startsWith("updraft_session=")) ?? "";
    expect(await statusWith(session.split(";")[0] ?? "")).toBe(200);
    expect(await statusWith(here)).toBe(401);
    expect(await statusWith(elsewhere)).toBe(401);
    expect(await events()).toContain("password changed by ann");
  });

  test("is guarded as the log-in is: by its site, and against guessing", async () => {
    const cookie = await signIn();
    const foreign = await submit("/password", fields, { cookie, origin: "https://evil.example" });
    expect(foreign.status).toBe(403);
    const wrong = { ...fields, current: "no" };
    for (let attempt = 0; attempt < 5; attempt += 1) await submit("/password", wrong, { cookie });
    const refused = await submit("/password", fields, { cookie });
    expect(await refused.text()).toContain("Too many attempts");
    expect(await signIn()).toBe("");
  });
});

describe("POST /auth/password", () => {
  const change = (cookie: string, body: object) =>
    app.request("/auth/password", {
      method: "POST",
      headers: { "content-type": "application/json", "sec-fetch-site": "same-origin", cookie },
      body: JSON.stringify(body),
    });

  test("ends every session and token of the user at once", async () => {
    const here = await signIn();
    const elsewhere = await signIn();
    expect(await statusWith(elsewhere)).toBe(200);
    const response = await change(here, { current_password: "correct horse", new_password: "battery staple" });
    expect(response.status).toBe(204);
    expect(await statusWith(here)).toBe(401);
    expect(await statusWith(elsewhere)).toBe(401);
    expect(await signIn()).toBe("");
    const again = await submit("/auth/login", { username: "ann", password: "battery staple" });
    expect(await statusWith(cookieOf(again))).toBe(200);
  });

  test("wants the current password, and a new one of 8 to 128 characters", async () => {
    const cookie = await signIn();
    const wrong = await change(cookie, { current_password: "no", new_password: "battery staple" });
    expect(wrong.status).toBe(422);
    expect(await wrong.json()).toMatchObject({ detail: [{ loc: ["body", "current_password"] }] });
    const short = await change(cookie, { current_password: "correct horse", new_password: "1234567" });
    expect(await short.json()).toMatchObject({ detail: [{ loc: ["body", "new_password"], type: "too_small" }] });
    const long = await change(cookie, { current_password: "correct horse", new_password: "x".repeat(129) });
    expect(long.status).toBe(422);
  });
});
