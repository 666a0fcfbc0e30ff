/** The platform of `src/platform.ts` on Cloudflare, from the bindings of this Worker. */

import { version } from "../../package.json";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { logsOf } from "../../src/executor/logs.ts";
import type { BundleClient, Platform } from "../../src/platform.ts";
import { BUNDLE_NAME } from "./bundle.ts";
import type { Env } from "./env.ts";
import { limitsClient } from "./limits-client.ts";
import { R2ObjectStore } from "./object-store.ts";
import { passwords } from "./passwords.ts";
import { clock, ids } from "./platform.ts";
import { schedulers } from "./schedulers.ts";

const platforms = new WeakMap<Env, Platform>();

export function makePlatform(env: Env): Platform {
  const known = platforms.get(env);
  if (known !== undefined) return known;
  const objects = new R2ObjectStore(env.OBJECTS);
  const platform: Platform = {
    clock,
    ids,
    catalog: d1Catalog(env.DB),
    schedulers: schedulers(env),
    bundle: bundleClient(env),
    limits: limitsClient(env),
    objects,
    logs: logsOf(objects),
    passwords,
    secrets: { setupToken: () => env.SETUP_TOKEN || null },
    hasLiveSockets: true,
    instanceName: env.INSTANCE_NAME ?? "updraft",
    version,
  };
  platforms.set(env, platform);
  return platform;
}

export function bundleClient(env: Env): BundleClient {
  const stub = () => env.BUNDLE.getByName(BUNDLE_NAME) as unknown as BundleClient;
  return {
    sync: async () => released(await stub().sync()),
    rebuildCatalog: async () => released(await stub().rebuildCatalog()),
  };
}

/** A reply is plain data, yet counts as held in the other isolate until it is disposed of. */
function released<Reply extends object>(reply: Reply): Reply {
  const copy = { ...reply };
  (reply as Partial<Disposable>)[Symbol.dispose]?.();
  return copy;
}
