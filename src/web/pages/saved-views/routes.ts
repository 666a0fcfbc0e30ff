import { z } from "zod";
import { platformOf, principalOf } from "../../../auth/context.ts";
import { Routes } from "../../../auth/routes.ts";
import { savedViews } from "../../../catalog/sql/saved-views.ts";
import { paths } from "../../paths.ts";
import { cameFrom } from "../../request.ts";
import { done } from "../../respond.tsx";

export const savedViewRoutes = new Routes("page");

/** Pages whose address is worth a name. */
const PAGES = [
  paths.dags,
  paths.allRuns,
  paths.allTaskInstances,
  paths.backfills,
  paths.xcoms,
  paths.importErrors,
  paths.jobs,
  paths.auditLog,
] as const;

const form = z.union([
  z.object({ delete: z.string().min(1).max(100) }),
  z.object({ default: z.string().min(1).max(100) }),
  z.object({ no_default: z.enum(PAGES) }),
  z.object({
    page: z.enum(PAGES),
    query: z.string().max(2_000),
    name: z.string().trim().min(1).max(60),
    is_shared: z.literal("true").optional(),
  }),
]);

savedViewRoutes.post(paths.savedViews, { permission: "signed_in", form }, async (c, { body }) => {
  const { catalog, clock, ids } = platformOf(c);
  const { userId } = principalOf(c);
  if ("delete" in body) {
    await catalog.write([savedViews.delete({ savedViewId: body.delete, userId })]);
    return done(c, cameFrom(c, paths.dags), { tone: "done", text: "The view is deleted" });
  }
  if ("default" in body) {
    await catalog.write([savedViews.makeDefault({ savedViewId: body.default, userId })]);
    return done(c, cameFrom(c, paths.dags), { tone: "done", text: "The page begins with this view from now on" });
  }
  if ("no_default" in body) {
    await catalog.write([savedViews.dropDefault({ page: body.no_default, userId })]);
    return done(c, cameFrom(c, paths.dags), { tone: "done", text: "The page begins with everything again" });
  }
  const { page, name } = body;
  // The address may have changed since the form was drawn. Written anew, so that nothing but parameters can stand there.
  const [path, asked = ""] = cameFrom(c, "").split("?");
  const query = new URLSearchParams(path === page ? asked : body.query).toString();
  const view = { savedViewId: ids.random(12), userId, page, query, name, isShared: body.is_shared === "true" };
  await catalog.write(savedViews.save({ ...view, now: clock.now() }));
  return done(c, query === "" ? page : `${page}?${query}`, { tone: "done", text: `Saved the view "${name}"` });
});
