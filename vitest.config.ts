import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { buildAssets } from "./workers/node/assets.ts";

// Pages name their files by a hash of the content: the names have to be there before a page can be imported.
await buildAssets();

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
    setupFiles: ["test/fixtures/random.ts"],
    // Random tests take a second or two by themselves; a busy machine must not fail them.
    testTimeout: 60_000,
  },
};

/** What the tests of the platform itself ask it with. */
const probes = `
[[migrations]]
tag = "probes"
new_sqlite_classes = ["Probe"]

[[queues.producers]]
binding = "PROBE_QUEUE"
queue = "probe"

[[queues.consumers]]
queue = "probe"
max_batch_size = 100
max_batch_timeout = 0
max_retries = 3
retry_delay = 0
`;

/**
 * wrangler.toml without the queues' consumers: in workerd the tests themselves take the consumers' place, and decide when
 * a message is claimed. The whole way through the queues is the business of test/e2e.
 */
function configWithoutConsumers(): string {
  const text = readFileSync(path("wrangler.toml"), "utf8")
    .replace(/^\[\[queues\.consumers\]\]\n(?:[^[\n].*\n)*/gm, "")
    .replace(/^\[build\]\n(?:[^[\n].*\n)*/m, "")
    .replace('"workers/cloudflare/worker.ts"', '"../test/runtime/worker.ts"')
    .replace("bindings = [\n", 'bindings = [\n  { name = "PROBE", class_name = "Probe" },\n')
    .replace('directory = "public"', 'directory = "../public"');
  mkdirSync(path(".updraft"), { recursive: true });
  writeFileSync(path(".updraft/wrangler.test.toml"), text + probes);
  return path(".updraft/wrangler.test.toml");
}

/** Inside workerd, with the bindings of wrangler.toml: Durable Objects, D1, R2 and Queues as they really behave. */
const workerd: TestProjectInlineConfiguration = {
  plugins: [cloudflareTest({ wrangler: { configPath: configWithoutConsumers() } })],
  resolve: { alias },
  test: {
    name: "workerd",
    include: ["test/runtime/**/*.test.{ts,tsx}"],
    testTimeout: 30_000,
    sequence: { groupOrder: 1 },
  },
};

/** A whole `npm start` per file, driven over HTTP. Two at a time: each waits more than it works. */
const e2e: TestProjectInlineConfiguration = {
  resolve: { alias },
  test: {
    name: "e2e",
    include: ["test/e2e/**/*.test.ts"],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
    sequence: { groupOrder: 2 },
  },
};

export default defineConfig({
  test: { projects: [node, workerd, e2e], reporters: ["default", path("test/closing-line.ts")] },
});
