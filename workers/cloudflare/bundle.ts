/**
 * The one object that syncs the bundle: migrates the catalog and pushes the manifest that this Worker was built with to
 * the schedulers. A deploy resets the object, so it syncs once per start, however often it is called; a failed sync is
 * done again at the next call. Its storage remembers what each scheduler has accepted.
 */
import { DurableObject } from "cloudflare:workers";
import { manifest } from "#manifest";
import type { KnownDag } from "../../src/bundle/plan-sync.ts";
import { type BundleScheduler, type SyncMemory, type SyncResult, syncBundle } from "../../src/bundle/sync.ts";
import { makeBundleStore } from "../../src/catalog/bundle-store.ts";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import type { DagId } from "../../src/dag/ids.ts";
import type { BundleClient } from "../../src/platform.ts";
import type { Env } from "./env.ts";
import { migrations } from "./migrations.ts";
import { clock } from "./platform.ts";

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
        schedulers: { get: (dagId) => schedulerForBundle(this.env, dagId) },
        clock,
      });
    } catch (error) {
      this.#syncing = null;
      throw error;
    }
  }
}

function rememberIn(storage: DurableObjectStorage): SyncMemory {
  return {
    read: async () => [...(await storage.list<KnownDag>({ prefix: "dag:" })).values()],
    write: (dag) => storage.put(`dag:${dag.dagId}`, dag),
  };
}

/** The object is asked for anew with each call: a stub that failed once stays broken. */
function schedulerForBundle(env: Env, dagId: DagId): BundleScheduler {
  // The namespace is untyped: naming the class of the object here would make this file import the scheduler.
  const stub = () => env.DAG_SCHEDULER.getByName(dagId) as unknown as BundleScheduler;
  return {
    sync: async (definition) => {
      const reply = await stub().sync(definition);
      // A reply is plain data, yet counts as held in the other isolate until it is disposed of.
      (reply as Partial<Disposable>)[Symbol.dispose]?.();
      return reply;
    },
    setImportError: (hasImportError) => stub().setImportError(hasImportError),
    retire: () => stub().retire(),
  };
}
