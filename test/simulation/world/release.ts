/** What is deployed: the DAGs of one build, and the object that syncs them, once per build and again after a failure. */

import type { Manifest, ManifestEntry } from "../../../src/bundle/manifest.ts";
import type { KnownDag } from "../../../src/bundle/plan-sync.ts";
import { syncBundle } from "../../../src/bundle/sync.ts";
import { makeBundleStore } from "../../../src/catalog/bundle-store.ts";
import type { DagDefinition } from "../../../src/dag/definition.ts";
import { canonicalJson } from "../../../src/lib/json.ts";
import { Life } from "../machine/life.ts";
import { buildDag } from "./build-dag.ts";
import type { DagPlan } from "./dag-plan.ts";
import type { World } from "./world.ts";

export interface Release {
  readonly bundleId: string;
  readonly plans: readonly DagPlan[];
  readonly definitions: ReadonlyMap<string, DagDefinition>;
  /** DAGs whose files do not load in this release. */
  readonly failing: ReadonlySet<string>;
}

export function makeRelease(number: number, plans: readonly DagPlan[], failing: ReadonlySet<string>): Release {
  const loaded = plans.filter(({ dagId }) => !failing.has(dagId));
  return {
    bundleId: `bundle${number}`,
    plans,
    failing,
    definitions: new Map(loaded.map((plan) => [plan.dagId, buildDag(plan)])),
  };
}

export class BundleObject {
  readonly #world: World;
  readonly #remembered = new Map<string, KnownDag>();
  #life = new Life("bundle");
  #synced = "";
  #syncing = "";

  constructor(world: World) {
    this.#world = world;
  }

  get isSynced(): boolean {
    return this.#synced === this.#world.consumers.release?.bundleId;
  }

  /** A deploy resets the object: what it was about to do it does not do. */
  reset(): void {
    this.#life.end();
    this.#life = new Life("bundle");
    this.#syncing = "";
  }

  sync(): void {
    const { release } = this.#world.consumers;
    if (release === null || this.#synced === release.bundleId || this.#syncing === release.bundleId) return;
    this.#syncing = release.bundleId;
    const life = this.#life;
    const { clockwork } = this.#world;
    const store = makeBundleStore(this.#world.flaky.for(life), []);
    void syncBundle({
      manifest: manifestOf(release),
      store: { ...store, migrate: async () => {} },
      memory: {
        read: () => clockwork.reply(life, 1, "bundle remembers", () => [...this.#remembered.values()]),
        write: (dag) => clockwork.reply(life, 1, "bundle notes", () => void this.#remembered.set(dag.dagId, dag)),
      },
      schedulers: { get: (dagId) => this.#world.schedulerClient({ life }, dagId) },
      clock: { now: () => clockwork.now },
    }).then(
      () => {
        this.#synced = release.bundleId;
        this.#syncing = "";
      },
      (error: unknown) => {
        this.#syncing = "";
        clockwork.log(`the bundle could not be synced: ${String(error)}`);
      },
    );
  }
}

function manifestOf(release: Release): Manifest {
  const entries = release.plans.map((plan): ManifestEntry => {
    const definition = release.definitions.get(plan.dagId);
    const file = { filePath: `dags/${plan.dagId}.ts`, source: "// simulated", parseMs: 1 };
    if (definition === undefined) {
      return {
        ...file,
        ok: false,
        sourceHash: "bad",
        error: { name: "Error", message: "bad file", stack: "bad file" },
      };
    }
    const specHash = canonicalJson(definition.spec);
    return { ...file, ok: true, spec: definition.spec, specHash, sourceHash: specHash, definition };
  });
  return { bundleId: release.bundleId, entries };
}
