import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import type { BundleClient } from "../../src/platform.ts";
import { BUNDLE_NAME } from "../../workers/cloudflare/bundle.ts";
import type { Env } from "../../workers/cloudflare/env.ts";
import { manifest } from "../fixtures/manifest.ts";

const bindings = env as unknown as Env;
const stub = () => bindings.BUNDLE.getByName(BUNDLE_NAME);
const sync = async () => ({ ...(await (stub() as unknown as BundleClient).sync()) });

async function heartbeat(): Promise<unknown> {
  const select = "SELECT latest_heartbeat_at FROM job WHERE job_type = 'DagProcessorJob'";
  return await bindings.DB.prepare(select).first("latest_heartbeat_at");
}

const expected = { bundleId: manifest.bundleId, dagCount: manifest.entries.length, importErrorCount: 0 };

describe("the Bundle object", () => {
  afterEach(async () => {
    await evictDurableObject(stub());
  });

  test("fails while the catalog cannot be migrated, and syncs at the next call once it can", async () => {
    await bindings.DB.batch([
      bindings.DB.prepare(
        "CREATE TABLE _migrations (position INTEGER PRIMARY KEY, applied_at INTEGER, checksum TEXT, name TEXT)",
      ),
      bindings.DB.prepare("INSERT INTO _migrations VALUES (0, 0, 'x', '0001_of_another_project.sql')"),
    ]);
    await expect(sync()).rejects.toThrow("Cannot migrate the catalog");
    await bindings.DB.prepare("DROP TABLE _migrations").run();
    expect(await sync()).toMatchObject(expected);
  });

  test("syncs once per start, however many call", async () => {
    const results = await Promise.all([sync(), sync(), sync()]);
    for (const result of results) expect(result).toMatchObject(expected);
    const first = await heartbeat();
    await sync();
    expect(await heartbeat()).toBe(first);
  });

  test("remembers across starts what each scheduler accepted", async () => {
    await sync();
    await evictDurableObject(stub());
    const remembered = await runInDurableObject(stub(), async (_instance, { storage }) => [
      ...(await storage.list<{ readonly specHash: string }>({ prefix: "dag:" })).values(),
    ]);
    const hashes = manifest.entries.flatMap((entry) => (entry.ok ? [entry.specHash] : []));
    expect(remembered.map(({ specHash }) => specHash).sort()).toEqual(hashes.sort());
    expect(await sync()).toMatchObject(expected);
  });
});
