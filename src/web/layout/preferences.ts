/** How a reader likes the dashboard: kept in cookies, so that the server draws the first page right. */
import { getCookie, setCookie } from "hono/cookie";
import type { AppContext } from "../../auth/context.ts";
import { isTimeZone } from "../../lib/time-zone.ts";
import { THEMES, type Theme } from "./document.tsx";

export const DENSITIES = ["comfortable", "compact"] as const;
export type Density = (typeof DENSITIES)[number];

export interface Preferences {
  readonly theme: Theme;
  /** IANA name of the zone that times are shown in. */
  readonly zone: string;
  readonly density: Density;
  /** Whether single keys act; WCAG 2.1.4 asks for a switch. */
  readonly hasKeys: boolean;
}

export function preferencesOf(c: AppContext): Preferences {
  const theme = getCookie(c, "theme");
  const zone = getCookie(c, "zone");
  return {
    theme: THEMES.find((name) => name === theme) ?? "system",
    zone: zone !== undefined && zone.length <= 100 && isTimeZone(zone) ? zone : "UTC",
    density: getCookie(c, "density") === "compact" ? "compact" : "comfortable",
    hasKeys: getCookie(c, "keys") !== "off",
  };
}

const YEAR_SECONDS = 31_536_000;

export function keepPreferences(c: AppContext, preferences: Partial<Preferences>): void {
  const keep = (name: string, value: string) =>
    setCookie(c, name, value, { path: "/", httpOnly: true, sameSite: "Lax", maxAge: YEAR_SECONDS });
  if (preferences.theme !== undefined) keep("theme", preferences.theme);
  if (preferences.zone !== undefined) keep("zone", preferences.zone);
  if (preferences.density !== undefined) keep("density", preferences.density);
  if (preferences.hasKeys !== undefined) keep("keys", preferences.hasKeys ? "on" : "off");
}
