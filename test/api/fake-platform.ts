/** A deployment in memory: a real catalog on SQLite, fake schedulers, a clock that tests move, and an app over them. */
import type { Hono } from "hono";
import { apiRoutes } from "../../src/api/api-routes.ts";
import { createApp } from "../../src/api/app.ts";
import { authRoutes } from "../../src/auth/auth-routes.ts";
import { makeAuthenticator } from "../../src/auth/authenticator.ts";
import type { AppEnv, Authenticator } from "../../src/auth/context.ts";
import type { Catalog } from "../../src/catalog/port.ts";
import { type Projection, projectionStatements } from "../../src/catalog/projection.ts";
import { users } from "../../src/catalog/sql/users.ts";
import type { DagId } from "../../src/dag/ids.ts";
import { logChunkKey, type logPrefix } from "../../src/executor/log-lines.ts";
import { logsOf } from "../../src/executor/logs.ts";
import { type Platform, PlatformError } from "../../src/platform.ts";
import { webRoutes } from "../../src/web/routes.ts";
import { MemoryObjectStore } from "../fixtures/memory-object-store.ts";
import { makeProjection } from "../fixtures/projections.ts";
import { makeMigratedCatalog } from "../fixtures/sqlite-catalog.ts";
import { FakeLimits } from "./fake-limits.ts";
import { FakeScheduler } from "./fake-scheduler.ts";

export const SETUP_TOKEN = "setup-token-of-this-test";
export const START_AT = Date.UTC(2026, 0, 1);

export class FakePlatform implements Platform {
  readonly instanceName = "test";
  readonly version = "0.0.0-test";
  now = START_AT;
  readonly clock = { now: () => this.now };
  readonly ids = { random: (bytes: number) => this.#nextId(bytes) };
  readonly catalog: Catalog;
  isCatalogDown = false;
  readonly #schedulers = new Map<DagId, FakeScheduler>();
  readonly schedulers = { get: (dagId: DagId) => this.scheduler(dagId) };
  readonly bundle = {
    sync: async () => ({ bundleId: "b1", dagCount: 0, importErrorCount: 0 }),
    rebuildCatalog: async () => ({ dagCount: 2, rowCount: 10 }),
  };
  readonly limits = new FakeLimits();
  readonly objects = new MemoryObjectStore();
  readonly logs: Platform["logs"] = logsOf(this.objects);
  /** How often a password was hashed or verified: both cost the same. */
  hashCount = 0;
  readonly passwords = {
    hash: async (password: string) => {
      this.hashCount += 1;
      return `hash of ${password}`;
    },
    verify: async (password: string, hash: string) => {
      this.hashCount += 1;
      return hash === `hash of ${password}`;
    },
  };
  setupToken: string | null = SETUP_TOKEN;
  readonly secrets = { setupToken: () => this.setupToken };
  #idCount = 0;

  constructor(catalog: Catalog) {
    const assertUp = () => {
      if (this.isCatalogDown) throw new PlatformError("catalog_down", "The catalog is down", { retryable: true });
    };
    this.catalog = {
      read: async (statements) => {
        assertUp();
        return catalog.read(statements);
      },
      write: async (statements) => {
        assertUp();
        return catalog.write(statements);
      },
      size: () => catalog.size(),
    };
  }

  scheduler(dagId: DagId | string): FakeScheduler {
    const id = dagId as DagId;
    const scheduler = this.#schedulers.get(id) ?? new FakeScheduler(id);
    this.#schedulers.set(id, scheduler);
    return scheduler;
  }

  /** Writes rows to the catalog as a scheduler's flush does. */
  async project(rows: Partial<Projection>): Promise<void> {
    await this.catalog.write(projectionStatements(makeProjection(rows), this.now));
  }

  async addUser(name: string, password: string): Promise<void> {
    const passwordHash = `hash of ${password}`;
    await this.catalog.write([
      users.create({ userId: `id-${name}`, name, passwordHash, role: "admin", now: this.now }),
    ]);
  }

  async writeLog(key: Parameters<typeof logPrefix>[0], chunk: number, lines: readonly object[]): Promise<void> {
    const text = lines.map((line) => JSON.stringify({ t: START_AT, level: "info", ...line })).join("\n");
    const objectKey = logChunkKey({ ...key, token: 1, seq: chunk, lineCount: lines.length });
    await this.objects.put(objectKey, new TextEncoder().encode(text));
  }

  #nextId(bytes: number): string {
    this.#idCount += 1;
    return this.#idCount.toString(16).padStart(bytes * 2, "0");
  }
}

export async function makePlatform(): Promise<FakePlatform> {
  return new FakePlatform(await makeMigratedCatalog());
}

export function makeTestApp(platform: Platform, authenticator: Authenticator = makeAuthenticator()): Hono<AppEnv> {
  return createApp({ platform, authenticator, routes: [...apiRoutes, ...authRoutes, ...webRoutes] });
}

/** Paths are below /api/v2; bodies are sent as JSON. */
export function apiClient(app: Hono<AppEnv>) {
  async function raw(method: string, path: string, body: BodyInit | null, headers: Record<string, string> = {}) {
    const response = await app.request(`/api/v2${path}`, { method, headers, body, duplex: "half" } as RequestInit);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.includes("/json") === true && text !== "";
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
  }
  const send = (method: string) => (path: string, body?: unknown, headers?: Record<string, string>) =>
    body === undefined
      ? raw(method, path, null, headers)
      : raw(method, path, JSON.stringify(body), { "content-type": "application/json", ...headers });
  return {
    raw,
    get: (path: string, headers?: Record<string, string>) => raw("GET", path, null, headers),
    post: send("POST"),
    put: send("PUT"),
    patch: send("PATCH"),
    delete: send("DELETE"),
  };
}
