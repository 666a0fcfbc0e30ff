/**
 * The Worker: HTTP, the queues' consumers, the cron trigger, and the classes of its Durable Objects. The first event of an
 * isolate makes sure that the bundle it was built with is synced.
 */
import { apiRoutes } from "../../src/api/api-routes.ts";
import { createApp } from "../../src/api/app.ts";
import { authRoutes } from "../../src/auth/auth-routes.ts";
import { makeAuthenticator } from "../../src/auth/authenticator.ts";
import { sweepWhenDue } from "../../src/catalog/sweep-catalog.ts";
import { errorPage } from "../../src/web/error-page.tsx";
import { webRoutes } from "../../src/web/routes.ts";
import type { Env } from "./env.ts";
import { connectLiveSocket, isLiveSocket } from "./live-socket.ts";
import { makePlatform } from "./make-platform.ts";
import { consumeDeadLetters, consumeTasks, isDeadLetterQueue } from "./task-queue.ts";
import { watch } from "./watchdog.ts";

export { Bundle } from "./bundle.ts";
export { DagScheduler } from "./dag-scheduler.ts";
export { Limits } from "./limits.ts";
export { TaskRunner } from "./task-runner.ts";

const app = createApp({
  platform: (env) => makePlatform(env as Env),
  authenticator: makeAuthenticator(),
  routes: [...apiRoutes, ...authRoutes, ...webRoutes],
  errorPage,
});

let syncing: Promise<void> | null = null;

/** Once per isolate: a new build runs in new isolates. A failure is tried again by the next event. */
function syncBundle(env: Env): Promise<void> {
  syncing ??= makePlatform(env)
    .bundle.sync()
    .then(
      () => {},
      (error: unknown) => {
        syncing = null;
        console.error(JSON.stringify({ event: "bundle_sync_failed", error: String(error) }));
      },
    );
  return syncing;
}

export default {
  async fetch(request, env, ctx) {
    // Nothing can be read before the catalog has its tables.
    await syncBundle(env);
    if (!isLiveSocket(request)) return app.fetch(request, env, ctx);
    return connectLiveSocket(request, env, async (asked) => app.fetch(asked, env, ctx));
  },

  async queue(batch, env, ctx) {
    ctx.waitUntil(syncBundle(env));
    if (isDeadLetterQueue(batch.queue)) consumeDeadLetters(batch);
    else await consumeTasks(batch, env, ctx);
  },

  async scheduled(controller, env) {
    await syncBundle(env);
    const platform = makePlatform(env);
    await watch(platform, controller.scheduledTime);
    await sweepWhenDue(platform.catalog, controller.scheduledTime);
  },
} satisfies ExportedHandler<Env>;
