import type { Hono } from "hono";
import { beforeAll, describe, expect, test } from "vitest";
import { apiRoutes } from "../../src/api/api-routes.ts";
import { authRoutes } from "../../src/auth/auth-routes.ts";
import type { AppEnv } from "../../src/auth/context.ts";
import type { Route } from "../../src/auth/routes.ts";
import { webRoutes } from "../../src/web/routes.ts";
import { fixedAuthenticator } from "../fixtures/fixed-authenticator.ts";
import { apiClient, makePlatform, makeTestApp } from "./fake-platform.ts";

const table = [...apiRoutes, ...authRoutes, ...webRoutes].flatMap((routes) => routes.table);
const nameOf = (route: Route) => `${route.method} ${route.path}`;

/** Everything that answers an outsider. A new line here is a decision. */
const PUBLIC = [
  "GET /api/v2/monitor/health",
  "GET /api/v2/version",
  "POST /auth/login",
  "POST /auth/token",
  "POST /auth/setup",
  "GET /login",
  "GET /setup",
  "POST /setup",
];

/** A path that fits the pattern. */
function pathOf(route: Route): string {
  return route.path.replace(/:(\w+)/g, (_all, name: string) => (/index|number|error_id|log_id/.test(name) ? "1" : "x"));
}

let app: Hono<AppEnv>;
beforeAll(async () => {
  const platform = await makePlatform();
  await platform.addUser("ann", "a long password");
  app = makeTestApp(platform);
});

describe("the table of routes", () => {
  test("the public routes are exactly the enumerated ones", () => {
    expect(
      table
        .filter((route) => route.permission === "public")
        .map(nameOf)
        .sort(),
    ).toEqual([...PUBLIC].sort());
  });

  test.each(table.filter((route) => route.permission !== "public").map((route) => [nameOf(route), route] as const))(
    "%s is 401 without credentials and with wrong ones",
    async (_name, route) => {
      const wrong: Record<string, string>[] = [
        {},
        { authorization: "Bearer wrong" },
        { authorization: `Bearer updraft_${"A".repeat(43)}` },
        { authorization: "Basic YW5uOmFubg==" },
        { authorization: "" },
        { cookie: "updraft_session=wrong" },
        { cookie: `updraft_session=${"0".repeat(64)}` },
        { cookie: `__Host-updraft_session=${"0".repeat(64)}` },
      ];
      for (const headers of wrong) {
        const response = await app.request(pathOf(route), { method: route.method, headers });
        expect(response.status, JSON.stringify(headers)).toBe(401);
        expect(Object.keys((await response.json()) as object)).toEqual(["detail"]);
      }
    },
  );

  test.each(PUBLIC)("%s does answer without credentials", async (name) => {
    const [method = "", path = ""] = name.split(" ");
    const response = await app.request(path, { method });
    // Once there is a user, the page that makes the first leads to where one signs in.
    if (name === "GET /setup") expect(response.headers.get("location")).toBe("/login");
    else expect([200, 415, 422]).toContain(response.status);
  });

  test("a path that leads nowhere, or almost somewhere public, is 401 to an outsider", async () => {
    const tricks = [
      "/api/v2/nowhere",
      "//api/v2/version",
      "/api/v2//version",
      "/api/v2/version/",
      "/api/v2/version%2f",
      "/api/v2/dags%2f..%2fversion",
      "/api/v2/dags/..%2fversion",
      "/api/v2/dags/x/monitor/health",
      "/api/v2/dags/health",
      "/api/v2/VERSION",
      "/api/v2/version;a=b",
      "/api/v2/version%00",
      "/api/v1/version",
      "/auth/token/",
      "/auth/token/x",
    ];
    for (const path of tricks) expect((await app.request(path)).status, path).toBe(401);
  });

  test("HEAD needs what GET needs", async () => {
    expect((await app.request("/api/v2/dags", { method: "HEAD" })).status).toBe(401);
    expect((await app.request("/api/v2/version", { method: "HEAD" })).status).toBe(200);
  });

  test("the OpenAPI document has every route of the API, and needs credentials itself", async () => {
    const client = apiClient(makeTestApp(await makePlatform(), fixedAuthenticator()));
    const { status, json } = await client.get("/openapi.json");
    expect(status).toBe(200);
    expect(json.openapi).toBe("3.1.0");
    const documented = Object.entries(json.paths as Record<string, object>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`),
    );
    expect(documented.sort()).toEqual(
      table
        .filter((route) => route.kind === "api")
        .map(nameOf)
        .sort(),
    );
    const operations = Object.values(json.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
      (path) => Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(operations).size).toBe(operations.length);
  });

  test("the OpenAPI document describes queries, bodies and answers", async () => {
    const client = apiClient(makeTestApp(await makePlatform(), fixedAuthenticator()));
    const { json } = await client.get("/openapi.json");
    const list = json.paths["/api/v2/dags/{dag_id}/dagRuns"].get;
    const limit = list.parameters.find((one: { name: string }) => one.name === "limit");
    expect(limit).toMatchObject({ in: "query", required: false, schema: { type: "integer", default: 50 } });
    expect(list.parameters[0]).toEqual({ name: "dag_id", in: "path", required: true, schema: { type: "string" } });
    const trigger = json.paths["/api/v2/dags/{dag_id}/dagRuns"].post;
    expect(trigger.requestBody.required).toBe(false);
    expect(trigger.requestBody.content["application/json"].schema.properties).toHaveProperty("logical_date");
    expect(trigger.responses["200"].content["application/json"].schema.required).toContain("dag_run_id");
    expect(trigger.responses).toHaveProperty("409");
    expect(json.paths["/api/v2/version"].get.security).toEqual([]);
  });
});
