import { beforeEach, describe, expect, test } from "vitest";
import type { Manifest } from "../../src/bundle/manifest.ts";
import type { KnownDag } from "../../src/bundle/plan-sync.ts";
import { type BundleScheduler, type SyncResult, syncBundle } from "../../src/bundle/sync.ts";
import { makeBundleStore } from "../../src/catalog/bundle-store.ts";
import { readAll } from "../../src/catalog/port.ts";
import { type DagProjection, emptyProjection } from "../../src/catalog/projection.ts";
import { importErrors } from "../../src/catalog/sql/import-errors.ts";
import { jobs } from "../../src/catalog/sql/jobs.ts";
import { versionDisplays } from "../../src/catalog/sql/version-displays.ts";
import { writeProjection } from "../../src/catalog/write-projection.ts";
import type { DagId } from "../../src/dag/ids.ts";
import { PlatformError, type PushedDefinition } from "../../src/platform.ts";
import { readMigrations } from "../fixtures/migrations.ts";
import { makeSqliteCatalog, type SqliteCatalog } from "../fixtures/sqlite-catalog.ts";
import { failedFile, loadedFile, manifestOf } from "./fixtures.ts";

/** Schedulers, the catalog they project to, and the memory of a bundle object: what outlives a sync. */
class World {
  readonly catalog: SqliteCatalog = makeSqliteCatalog();
  readonly calls: string[] = [];
  readonly pushed: PushedDefinition[] = [];
  readonly unreachable = new Set<string>();
  memory = new Map<DagId, KnownDag>();
  now = 1_000;
  #version = 0;

  async sync(manifest: Manifest): Promise<SyncResult> {
    return await syncBundle({
      manifest,
      store: makeBundleStore(this.catalog, readMigrations()),
      memory: {
        read: async () => [...this.memory.values()],
        write: async (dag) => void this.memory.set(dag.dagId, dag),
      },
      schedulers: { get: (dagId) => this.#scheduler(dagId) },
      clock: { now: () => this.now++ },
    });
  }

  /** What the syncs since the last look told the schedulers. */
  told(): readonly string[] {
    return this.calls.splice(0).sort();
  }

  async importErrors() {
    return await readAll(this.catalog, importErrors.list({ allowedDagIds: null }, { limit: 100, offset: 0 }));
  }

  async jobs() {
    return await readAll(this.catalog, jobs.list({ allowedDagIds: null }, { limit: 100, offset: 0 }));
  }

  #scheduler(dagId: DagId): BundleScheduler {
    const call = async (what: string, change: Partial<DagProjection>) => {
      if (this.unreachable.has(dagId)) throw new Error("the object is overloaded");
      this.calls.push(`${dagId}: ${what}`);
      await this.#project(dagId, change);
    };
    return {
      sync: async (definition) => {
        await call("sync", { filePath: definition.filePath, hasImportError: false, isRetired: false });
        this.pushed.push(definition);
        return { versionNumber: 1 };
      },
      setImportError: (hasImportError) => call(`setImportError(${hasImportError})`, { hasImportError }),
      retire: () => call("retire", { isRetired: true }),
    };
  }

  readonly #rows = new Map<DagId, DagProjection>();

  async #project(dagId: DagId, change: Partial<DagProjection>): Promise<void> {
    this.#version += 1;
    const row = { ...(this.#rows.get(dagId) ?? newRow(dagId)), ...change, version: this.#version };
    this.#rows.set(dagId, row);
    await writeProjection(this.catalog, { ...emptyProjection(), dag: row }, this.now);
  }
}

function newRow(dagId: DagId): DagProjection {
  return {
    dagId,
    description: null,
    owner: "updraft",
    tags: [],
    scheduleText: null,
    timezone: null,
    isPaused: false,
    isRetired: false,
    hasImportError: false,
    maxActiveRuns: 16,
    maxActiveTasks: null,
    versionNumber: 1,
    filePath: "",
    nextRunAfterAt: null,
    nextLogicalAt: null,
    nextWakeAt: null,
    version: 0,
  };
}

let world: World;
beforeEach(() => {
  world = new World();
});

describe("syncBundle()", () => {
  test("migrates an empty catalog, pushes every DAG, and says what it did", async () => {
    const result = await world.sync(manifestOf(loadedFile("a"), failedFile("dags/bad.ts"), loadedFile("b")));
    expect(result).toEqual({ bundleId: "bundle-1", dagCount: 2, importErrorCount: 1 });
    expect(world.told()).toEqual(["a: sync", "b: sync"]);
    const [first] = world.pushed;
    const { spec, specHash, sourceHash, source, filePath } = loadedFile("a");
    const expected = { spec, specHash, sourceHash, source, filePath, bundleId: "bundle-1", hasImportError: false };
    expect(first).toEqual(expected);
  });

  test("pushes nothing the second time, also when the memory of the object is all that is asked", async () => {
    const manifest = manifestOf(loadedFile("a"), failedFile("dags/bad.ts"));
    await world.sync(manifest);
    world.told();
    await world.sync(manifest);
    expect(world.told()).toEqual([]);
  });

  test("pushes all again when the memory is lost", async () => {
    await world.sync(manifestOf(loadedFile("a")));
    world.told();
    world.memory = new Map();
    await world.sync(manifestOf(loadedFile("a")));
    expect(world.told()).toEqual(["a: sync"]);
  });

  test("pushes only what changed", async () => {
    await world.sync(manifestOf(loadedFile("a"), loadedFile("b")));
    world.told();
    await world.sync(manifestOf(loadedFile("a"), loadedFile("b", { sourceHash: "new" })));
    expect(world.told()).toEqual(["b: sync"]);
  });

  test("brings a DAG back that was deleted while its file is still there", async () => {
    await world.sync(manifestOf(loadedFile("a")));
    world.told();
    world.catalog.database.exec("DELETE FROM dag");
    await world.sync(manifestOf(loadedFile("a")));
    expect(world.told()).toEqual(["a: sync"]);
  });

  test("retires a DAG whose file is gone, also one that only the catalog remembers", async () => {
    await world.sync(manifestOf(loadedFile("a"), loadedFile("b")));
    world.told();
    world.memory.delete("b" as DagId);
    await world.sync(manifestOf());
    expect(world.told()).toEqual(["a: retire", "b: retire"]);
    await world.sync(manifestOf());
    expect(world.told()).toEqual([]);
  });
});

describe("import errors", () => {
  test("name the file, its last DAG and the stack, and stop that DAG's schedule", async () => {
    await world.sync(manifestOf(loadedFile("a"), loadedFile("b")));
    world.told();
    const failed = failedFile("dags/a.ts");
    await world.sync(manifestOf(failed, loadedFile("b")));
    expect(world.told()).toEqual(["a: setImportError(true)"]);
    expect(await world.importErrors()).toMatchObject([
      { filePath: "dags/a.ts", dagId: "a", bundleId: "bundle-1", stacktrace: failed.error.stack },
    ]);
  });

  test("of a file that never held a DAG name none", async () => {
    await world.sync(manifestOf(failedFile("dags/new.ts")));
    expect(await world.importErrors()).toMatchObject([{ filePath: "dags/new.ts", dagId: null }]);
  });

  test("go when the file is mended, and the DAG is pushed even though it is as it was", async () => {
    await world.sync(manifestOf(loadedFile("a")));
    await world.sync(manifestOf(failedFile("dags/a.ts")));
    world.told();
    await world.sync(manifestOf(loadedFile("a")));
    expect(world.told()).toEqual(["a: sync"]);
    expect(await world.importErrors()).toEqual([]);
  });

  test("go when the file goes, and its DAG is retired", async () => {
    await world.sync(manifestOf(loadedFile("a")));
    await world.sync(manifestOf(failedFile("dags/a.ts")));
    world.told();
    await world.sync(manifestOf());
    expect(world.told()).toEqual(["a: retire"]);
    expect(await world.importErrors()).toEqual([]);
  });
});

describe("a DAG whose scheduler cannot be reached", () => {
  const manifest = manifestOf(loadedFile("a"), loadedFile("b"), failedFile("dags/bad.ts"));

  test("fails the sync by name, after all the others were done", async () => {
    world.unreachable.add("a");
    const error = await world.sync(manifest).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PlatformError);
    expect(error).toMatchObject({
      message: 'Cannot sync DAG "a": the object is overloaded; the next sync tries again',
      retryable: true,
    });
    expect(world.told()).toEqual(["b: sync"]);
    expect(await world.importErrors()).toHaveLength(1);
    expect(await world.jobs()).toMatchObject([{ jobType: "DagProcessorJob", state: "failed" }]);
  });

  test("is all that the next sync does", async () => {
    world.unreachable.add("a");
    await world.sync(manifest).catch(() => null);
    world.told();
    world.unreachable.clear();
    await world.sync(manifest);
    expect(world.told()).toEqual(["a: sync"]);
    expect(await world.jobs()).toMatchObject([{ state: "success" }]);
  });
});

describe("the job row", () => {
  test("tells when, what was done, and how long each file took", async () => {
    await world.sync(manifestOf(loadedFile("a"), failedFile("dags/bad.ts")));
    const [job] = await world.jobs();
    expect(job).toMatchObject({ jobId: "dag-processor-bundle-1", state: "success", startAt: 1_000, endAt: 1_001 });
    expect(JSON.parse(job?.extra ?? "")).toEqual({
      bundleId: "bundle-1",
      pushed: ["a"],
      markedFailed: [],
      retired: [],
      failures: [],
      files: [
        { filePath: "dags/a.ts", parseMs: 5, ok: true },
        { filePath: "dags/bad.ts", parseMs: 7, ok: false },
      ],
    });
  });

  test("is one per bundle, and each sync a sign of life", async () => {
    await world.sync(manifestOf());
    await world.sync(manifestOf());
    expect(await world.jobs()).toMatchObject([{ latestHeartbeatAt: 1_003 }]);
  });
});

describe("what a build makes of versions for pages", () => {
  const stored = async (world: World) =>
    (await readAll(world.catalog, versionDisplays.keys(["a", "b"]))).map((key) => `${key.dagId} ${key.sourceHash}`);
  const file = (sourceHash: string) => loadedFile("a", { sourceHash, display: '{"v":1}' });

  test("is stored beside them, and what no version needs any more goes with the next change", async () => {
    const world = new World();
    await world.sync(manifestOf(file("s1"), loadedFile("b")));
    expect(await stored(world)).toEqual(["a s1"]);
    await world.sync(manifestOf(file("s1"), loadedFile("b")));
    expect(await stored(world)).toEqual(["a s1"]);
    // The scheduler of this test projects no versions, so the first one is not needed.
    await world.sync(manifestOf(file("s2")));
    expect(await stored(world)).toEqual(["a s2"]);
  });
});
