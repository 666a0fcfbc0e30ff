/** The contract suites again, on the real bindings inside workerd. */
import { env } from "cloudflare:workers";
import { describe } from "vitest";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { limitCatalog } from "../../src/catalog/limits.ts";
import type { Env } from "../../workers/cloudflare/env.ts";
import { migrations } from "../../workers/cloudflare/migrations.ts";
import { R2ObjectStore } from "../../workers/cloudflare/object-store.ts";
import { testCatalog } from "../contract/catalog-contract.ts";
import { testObjectStore } from "../contract/object-store-contract.ts";

const bindings = env as unknown as Env;

testCatalog(
  "D1",
  async () => {
    const tables = await bindings.DB.prepare(
      "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%' AND name NOT LIKE '_cf%'",
    ).all<{ type: string; name: string }>();
    // Views first: they depend on tables.
    const drops = tables.results
      .sort((a, b) => (a.type < b.type ? 1 : -1))
      .map(({ type, name }) => bindings.DB.prepare(`DROP ${type} "${name}"`));
    if (drops.length > 0) await bindings.DB.batch([bindings.DB.prepare("PRAGMA defer_foreign_keys = on"), ...drops]);
    return { catalog: limitCatalog(d1Catalog(bindings.DB)), close: () => {} };
  },
  migrations,
);

describe("the object store on R2", () => {
  testObjectStore(() => new R2ObjectStore(bindings.OBJECTS));
});
