import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type AppOptions, createApp } from "../../src/api/app.ts";
import { type Authenticator, principalOf } from "../../src/auth/context.ts";
import { unauthorized } from "../../src/auth/guard.ts";
import { Routes } from "../../src/auth/routes.ts";
import type { Platform } from "../../src/platform.ts";
import { fixedAuthenticator } from "../fixtures/fixed-authenticator.ts";

/** Knows one bearer token and one cookie, so that these tests are about the registry alone. */
const authenticator: Authenticator = {
  ...fixedAuthenticator(null),
  authenticate: async (c) => {
    const authorization = c.req.header("authorization");
    const cookie = c.req.header("cookie");
    if (authorization === "Bearer good")
      return { userId: "1", username: "ann", role: "admin", dagIds: null, via: "token" };
    if (authorization !== undefined) throw unauthorized("Invalid token");
    return cookie === "session=good"
      ? { userId: "1", username: "ann", role: "admin", dagIds: null, via: "session" }
      : null;
  },
};
const platform = { instanceName: "test", ids: { random: () => "0123456789abcdef" } } as unknown as Platform;

function makeApp() {
  const api = new Routes("api");
  api.get("/api/v2/health", { permission: "public" }, (c) => c.json({ who: c.get("principal") }));
  api.get("/api/v2/dags/:dag_id", { permission: "dag.read" }, (c) => c.json({ dag_id: c.req.param("dag_id") }));
  api.post(
    "/api/v2/dags",
    {
      permission: "dag.edit",
      query: z.strictObject({ limit: z.coerce.number().int().max(100).default(50) }),
      body: z.strictObject({ name: z.string() }),
    },
    (c, { query, body }) => c.json({ limit: query.limit, name: body.name, by: principalOf(c).username }),
  );
  const web = new Routes("page");
  web.get("/dags", { permission: "dag.read" }, (c) => c.html("<p>dags</p>"));
  web.post("/dags/:dag_id/pause", { permission: "dag.edit" }, (c) => c.html("<p>paused</p>"));
  const errorPage: AppOptions["errorPage"] = (c, { status, message }) =>
    c.html(`<h1>${status}</h1>${message}`, status as 404);
  return createApp({ platform, authenticator, routes: [api, web], errorPage });
}

const app = makeApp();
const bearer = { authorization: "Bearer good" };

function post(path: string, headers: Record<string, string>, body = "{}") {
  return app.request(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
}

describe("Routes", () => {
  test("a public route answers without credentials, and looks at none", async () => {
    const response = await app.request("/api/v2/health", { headers: { authorization: "Bearer bad" } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ who: null });
  });

  test("any other route answers 401 without credentials and with wrong ones", async () => {
    expect((await app.request("/api/v2/dags/a")).status).toBe(401);
    const wrong = await app.request("/api/v2/dags/a", { headers: { authorization: "Bearer bad" } });
    expect(wrong.status).toBe(401);
    expect(await wrong.json()).toEqual({ detail: "Invalid token" });
    expect(wrong.headers.get("www-authenticate")).toContain("Bearer");
  });

  test("a wrong bearer token is not saved by a good cookie", async () => {
    const headers = { authorization: "Bearer bad", cookie: "session=good" };
    expect((await app.request("/api/v2/dags/a", { headers })).status).toBe(401);
  });

  test.each([
    "//api/v2/dags/a",
    "/api/v2//dags/a",
    "/api/v2/dags/a/",
    "/api/v2/dags/a%2fhealth",
    "/api/v2/dags%2fa",
    "/api%2fv2%2fhealth/..%2fdags",
    "/api/v2/dags/x/api/v2/health",
    "/api/v2/health/",
    "/api/v2/health;x",
    "/API/v2/health",
    "/nowhere",
  ])("the path %s is 401 to an outsider, whether or not it leads anywhere", async (path) => {
    expect((await app.request(path)).status).toBe(401);
  });

  test("an unknown path is 404 to a caller, and a wrong method 405 with the right ones", async () => {
    expect((await app.request("/api/v2/nowhere", { headers: bearer })).status).toBe(404);
    const wrong = await app.request("/api/v2/dags", { method: "PATCH", headers: bearer });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get("allow")).toBe("POST");
    expect((await app.request("/api/v2/dags", { method: "PATCH" })).status).toBe(401);
  });

  test("the handler gets the checked query and body", async () => {
    const response = await post("/api/v2/dags?limit=7", bearer, '{"name":"x"}');
    expect(await response.json()).toEqual({ limit: 7, name: "x", by: "ann" });
  });

  test("a wrong query or body is 422 and names the field", async () => {
    const query = await post("/api/v2/dags?limit=101", bearer, '{"name":"x"}');
    expect(query.status).toBe(422);
    expect(await query.json()).toMatchObject({ detail: [{ loc: ["query", "limit"], type: "too_big" }] });
    const body = await post("/api/v2/dags", bearer, '{"name":"x","extra":1}');
    expect(await body.json()).toMatchObject({ detail: [{ loc: ["body", "extra"], type: "extra_forbidden" }] });
    const malformed = await post("/api/v2/dags", bearer, "{");
    expect(malformed.status).toBe(422);
    expect(await malformed.json()).toMatchObject({ detail: [{ loc: ["body"], type: "json_invalid" }] });
  });

  test("another content type is 415, a body over 1 MB is 413", async () => {
    expect((await post("/api/v2/dags", { ...bearer, "content-type": "text/plain" }, '{"name":"x"}')).status).toBe(415);
    expect((await post("/api/v2/dags", bearer, `{"name":"${"x".repeat(1_000_000)}"}`)).status).toBe(413);
  });

  test("a signed-out browser is sent to the login page and back to where it was", async () => {
    const response = await app.request("/dags?page=2", { headers: { accept: "text/html,*/*" } });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/login?next=%2Fdags%3Fpage%3D2");
    const htmx = await app.request("/dags", {
      headers: { "hx-request": "true", "hx-current-url": "http://localhost/dags?page=2" },
    });
    expect(htmx.status).toBe(401);
    expect(htmx.headers.get("hx-redirect")).toBe("/login?next=%2Fdags%3Fpage%3D2");
  });

  test("a browser gets a page for what is refused, a program JSON, and the API always JSON", async () => {
    const html = { ...bearer, accept: "text/html,*/*" };
    const page = await app.request("/nowhere", { headers: html });
    expect(page.status).toBe(404);
    expect(await page.text()).toBe("<h1>404</h1>Not found");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await (await app.request("/nowhere", { headers: bearer })).json()).toEqual({ detail: "Not found" });
    expect(await (await app.request("/api/v2/nowhere", { headers: html })).json()).toEqual({ detail: "Not found" });
    const refused = await post("/api/v2/dags", html, "{");
    expect(refused.headers.get("content-type")).toBe("application/json");
  });

  test("with a cookie, a request that changes something must come from this site", async () => {
    const cookie = { cookie: "session=good" };
    const path = "/dags/a/pause";
    expect((await post(path, { ...cookie, "sec-fetch-site": "same-origin" })).status).toBe(200);
    expect((await post(path, { ...cookie, origin: "http://localhost" })).status).toBe(200);
    expect((await post(path, { ...cookie, "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await post(path, { ...cookie, "sec-fetch-site": "same-site" })).status).toBe(403);
    expect((await post(path, { ...cookie, origin: "https://evil.example" })).status).toBe(403);
    expect((await post(path, { ...cookie, "sec-fetch-site": "none", origin: "null" })).status).toBe(403);
    expect((await post(path, cookie)).status).toBe(403);
    expect((await post(path, bearer)).status).toBe(200);
  });

  test("every answer carries the security headers and a request id", async () => {
    for (const path of ["/api/v2/health", "/api/v2/dags/a", "/nowhere"]) {
      const { headers } = await app.request(path);
      expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self'/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("same-origin");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-request-id")).toBe("0123456789abcdef");
    }
  });

  test("a route that is wrong is refused when it is registered", () => {
    const routes = new Routes("api");
    routes.get("/a", { permission: "public" }, (c) => c.text("a"));
    expect(() => routes.get("/a", { permission: "public" }, (c) => c.text("a"))).toThrow("registered already");
    expect(() => routes.get("/dags/:id", { permission: "dag.read" }, (c) => c.text("a"))).toThrow('":dag_id"');
    expect(() => routes.get("/b/*", { permission: "public" }, (c) => c.text("a"))).toThrow("wildcards");
    expect(() => routes.get("/c", { permission: "" as "public" }, (c) => c.text("a"))).toThrow("no permission");
  });
});
