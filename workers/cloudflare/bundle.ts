/**
 * The one object that syncs the bundle: migrates the catalog and pushes the manifest that this Worker was built with to
 * the schedulers. A deploy resets the object, so it syncs once per start, however often it is called; a failed sync is
 * done again at the next call. Its storage remembers what each scheduler has accepted.
 */
import { DurableObject } from "cloudflare:workers";
import { manifest } from "#manifest";
import type { KnownDag } from "../../src/bundle/plan-sync.ts";
import { type SyncMemory, type SyncResult, syncBundle } from "../../src/bundle/sync.ts";
import { makeBundleStore } from "../../src/catalog/bundle-store.ts";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { inParallel } from "../../src/lib/in-parallel.ts";
import type { BundleClient } from "../../src/platform.ts";
import type { Env } from "./env.ts";
import { migrations } from "./migrations.ts";
import { clock } from "./platform.ts";
import { schedulers } from "./schedulers.ts";

/** There is one bundle per deployment, so one object by a fixed name. */
export const BUNDLE_NAME = "bundle";

export class Bundle extends DurableObject<Env> implements BundleClient {
  #syncing: Promise<SyncResult> | null = null;

  sync(): Promise<SyncResult> {
    this.#syncing ??= this.#sync();
    return this.#syncing;
  }

  async #sync(): Promise<SyncResult> {
    try {
      return await syncBundle({
        manifest,
        store: makeBundleStore(d1Catalog(this.env.DB), migrations),
        memory: rememberIn(this.ctx.storage),
        schedulers: schedulers(this.env),
        clock,
      });
    } catch (error) {
      this.#syncing = null;
      throw error;
    }
  }

  /** The catalog cannot say which DAGs it has lost, so the list is this object's own. */
  async rebuildCatalog(): Promise<{ dagCount: number; rowCount: number }> {
    this.#syncing = null;
    await this.sync();
    const known = await rememberIn(this.ctx.storage).read();
    const rebuilt = await inParallel(known, REBUILD_PARALLEL, ({ dagId }) =>
      schedulers(this.env).get(dagId).rebuildCatalog(),
    );
    return { dagCount: known.length, rowCount: rebuilt.reduce((sum, { rowCount }) => sum + rowCount, 0) };
  }
}

const REBUILD_PARALLEL = 10;

function rememberIn(storage: DurableObjectStorage): SyncMemory {
  return {
    read: async () => [...(await storage.list<KnownDag>({ prefix: "dag:" })).values()],
    write: (dag) => storage.put(`dag:${dag.dagId}`, dag),
  };
}
