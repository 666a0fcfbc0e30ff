import { z } from "zod";
import type { AppContext } from "../../../auth/context.ts";
import { safeNext } from "../../../auth/next.ts";
import { Routes } from "../../../auth/routes.ts";
import { isTimeZone } from "../../../lib/time-zone.ts";
import { THEMES } from "../../layout/document.tsx";
import { DENSITIES, keepPreferences, preferencesOf } from "../../layout/preferences.ts";
import { paths } from "../../paths.ts";
import { cameFrom } from "../../request.ts";
import { done, respondWithForm, shellOf } from "../../respond.tsx";
import { importErrorCountOf } from "../../shell-facts.ts";
import { KeyboardHelp } from "./keyboard-help.tsx";
import { PreferencesForm } from "./preferences-form.tsx";

export const preferenceRoutes = new Routes("page");

const signedIn = { permission: "signed_in" } as const;

preferenceRoutes.get(paths.preferences, signedIn, (c) => showPreferences(c, { next: openedOn(c), wrongZone: null }));

const form = z.object({
  next: z.string().max(4_000).default("/"),
  zone: z.string().max(1_000).default("UTC"),
  theme: z.enum(THEMES).catch("system"),
  density: z.enum(DENSITIES).catch("comfortable"),
  keys: z.literal("on").optional(),
});

preferenceRoutes.post(paths.preferences, { ...signedIn, form }, (c, { body }) => {
  const zone = body.zone.trim() === "" ? "UTC" : body.zone.trim();
  const next = safeNext(body.next);
  if (zone.length > 100 || !isTimeZone(zone)) return showPreferences(c, { next, wrongZone: body.zone.slice(0, 100) });
  keepPreferences(c, { zone, theme: body.theme, density: body.density, hasKeys: body.keys === "on" });
  return done(c, next, { tone: "done", text: `Times are shown in ${zone}` });
});

preferenceRoutes.post(paths.theme, { ...signedIn, form: z.object({ theme: z.enum(THEMES) }) }, (c, { body }) => {
  keepPreferences(c, { theme: body.theme });
  return c.redirect(cameFrom(c, paths.home), 303);
});

preferenceRoutes.get(paths.keyboard, signedIn, async (c) => {
  const importErrorCount = await importErrorCountOf(c);
  const title = "Keyboard shortcuts";
  return respondWithForm(c, {
    title,
    crumbs: [{ label: title, href: null }],
    nav: null,
    form: <KeyboardHelp hasKeys={preferencesOf(c).hasKeys} />,
    shell: () => shellOf(c, importErrorCount),
  });
});

/** Opened as a dialog, it goes back to the page below it. */
function openedOn(c: AppContext): string {
  const current = c.req.header("hx-current-url");
  const url = current && URL.canParse(current) ? new URL(current) : null;
  if (url?.origin === new URL(c.req.url).origin) return safeNext(url.pathname + url.search);
  const before = cameFrom(c, paths.home);
  return before.startsWith(paths.preferences) ? paths.home : before;
}

async function showPreferences(c: AppContext, shown: { readonly next: string; readonly wrongZone: string | null }) {
  const importErrorCount = await importErrorCountOf(c);
  const content = (
    <PreferencesForm preferences={preferencesOf(c)} zones={["UTC", ...Intl.supportedValuesOf("timeZone")]} {...shown} />
  );
  const view = {
    title: "Preferences",
    crumbs: [{ label: "Preferences", href: null }],
    nav: null,
    form: content,
    shell: () => shellOf(c, importErrorCount),
  };
  return respondWithForm(c, view, shown.wrongZone === null ? 200 : 422);
}
