import { existsSync } from "node:fs";
import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";

const path = (name: string) => join(import.meta.dirname, name);

// Tests of the Worker bring DAGs of their own: what somebody writes in dags/ must not change their outcome.
const alias = { updraft: path("src/dag/index.ts"), "#manifest": path("test/fixtures/manifest.ts") };

/** Plain Node: everything portable, with `node:sqlite` and libSQL standing in for the stores. */
const node: TestProjectInlineConfiguration = {
  resolve: { alias },
  test: {
    name: "node",
    include: ["test/**/*.test.{ts,tsx}"],
    exclude: ["test/runtime/**", "test/e2e/**"],
  },
};

/** Inside workerd, with the bindings of wrangler.toml: Durable Objects, D1, R2 and Queues as they really behave. */
const workerd: TestProjectInlineConfiguration = {
  plugins: [cloudflareTest({ wrangler: { configPath: "./wrangler.toml" } })],
  resolve: { alias },
  test: {
    name: "workerd",
    include: ["test/runtime/**/*.test.{ts,tsx}"],
    testTimeout: 30_000,
    sequence: { groupOrder: 1 },
  },
};

/** A whole `npm start` per file, driven over HTTP. One at a time: each uses both cores of a small machine. */
const e2e: TestProjectInlineConfiguration = {
  test: {
    name: "e2e",
    include: ["test/e2e/**/*.test.ts"],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    fileParallelism: false,
    sequence: { groupOrder: 2 },
  },
};

export default defineConfig({
  test: { projects: [node, ...(existsSync(path("workers/cloudflare/worker.ts")) ? [workerd] : []), e2e] },
});
