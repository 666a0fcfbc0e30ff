/** What most tests of the API begin with: a caller, and one DAG that the catalog and its object both know. */

import { z } from "zod";
import { apiRoutes } from "../../src/api/api-routes.ts";
import type { DagSpec } from "../../src/dag/spec.ts";
import { assert } from "../../src/lib/assert.ts";
import type { DagView } from "../../src/platform.ts";
import { fixedAuthenticator } from "../fixtures/fixed-authenticator.ts";
import { dagId, makeDag, makeVersion } from "../fixtures/projections.ts";
import { apiClient, type FakePlatform, makePlatform, makeTestApp } from "./fake-platform.ts";
import { makeSpec } from "./specs.ts";

export interface World {
  readonly platform: FakePlatform;
  readonly api: ReturnType<typeof apiClient>;
}

export async function makeWorld(): Promise<World> {
  const platform = await makePlatform();
  return { platform, api: apiClient(makeTestApp(platform, fixedAuthenticator())) };
}

export function makeDagView(id: string, given: Partial<DagView> = {}): DagView {
  return {
    dagId: dagId(id),
    isPaused: false,
    isRetired: false,
    hasImportError: false,
    versionNumber: 1,
    nextRunAfterAt: null,
    nextLogicalAt: null,
    nextWakeAt: null,
    runningRunCount: 0,
    queuedRunCount: 0,
    flushedVersion: 1,
    version: 1,
    ...given,
  };
}

export async function addDag(
  platform: FakePlatform,
  id: string,
  given: Parameters<typeof makeDag>[0] = {},
  spec: DagSpec = makeSpec(id),
): Promise<void> {
  const version = makeVersion({ dagId: id, specJson: JSON.stringify(spec), source: `export default dag("${id}");` });
  await platform.project({ dag: makeDag({ dagId: id, ...given }), versions: [version] });
  platform.scheduler(id).view = makeDagView(id);
  platform.scheduler(id).spec = spec;
}

/** Fails unless the answer has the shape that the OpenAPI document promises for this route. */
export function assertShape(name: string, body: unknown): void {
  const [method, path] = name.split(" ");
  const route = apiRoutes
    .flatMap(({ table }) => table)
    .find((one) => one.method === method && one.path === `/api/v2${path}`);
  const shape = route?.responses?.[200];
  assert(shape instanceof z.ZodType, `the route ${name} promises a shape`);
  const strict = shape instanceof z.ZodObject ? shape.strict() : shape;
  const parsed = strict.safeParse(body);
  assert(parsed.success, `the answer of ${name} has the promised shape: ${parsed.error?.message ?? ""}`);
}
