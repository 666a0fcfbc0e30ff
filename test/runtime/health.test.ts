import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Env } from "../../workers/cloudflare/env.ts";
import worker from "../../workers/cloudflare/worker.ts";

test("the first request migrates the catalog and reads the bundle before it is answered", async () => {
  const bindings = env as unknown as Env;
  const request = new Request<unknown, IncomingRequestCfProperties>("https://updraft.test/api/v2/monitor/health");
  const response = await worker.fetch(request, bindings, createExecutionContext());
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ metadatabase: { status: "healthy" } });
  const { results } = await bindings.DB.prepare("SELECT dag_id FROM dag ORDER BY dag_id").all();
  expect(results.map((row) => row["dag_id"])).toContain("typed_params");
});
