/**
 * How pages answer: the whole document, or just the part that htmx asked for, rendered by the same component; an action
 * ends in a redirect to the page it changed, with a message that is shown there once.
 */
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Child } from "hono/jsx";
import { type AppContext, platformOf, principalOf } from "../auth/context.ts";
import { ClockContext, type PageClock } from "./layout/clock.ts";
import type { NavKey } from "./layout/nav.tsx";
import { pageTitle, type Shell } from "./layout/page.tsx";
import { preferencesOf } from "./layout/preferences.ts";
import type { Flash } from "./layout/toast.tsx";
import type { Crumb } from "./layout/top-bar.tsx";
import { ActionDialog, ActionPage } from "./parts/action-form.tsx";
import { targetId, wantsPart } from "./request.ts";

export function clockOf(c: AppContext): PageClock {
  return { now: platformOf(c).clock.now(), zone: preferencesOf(c).zone };
}

export function shellOf(c: AppContext, importErrorCount: number): Shell {
  const { instanceName, version } = platformOf(c);
  const { theme, density, hasKeys } = preferencesOf(c);
  return {
    clock: clockOf(c),
    theme,
    isCompact: density === "compact",
    hasKeys,
    instanceName,
    version,
    username: principalOf(c).username,
    importErrorCount,
    flash: takeFlash(c),
  };
}

export interface View {
  /** Changes whenever the shown data do; null when every answer is new. */
  readonly ptag: string | null;
  readonly page: () => Child;
  /** By the id of the element that is asked for. */
  readonly parts: Readonly<Record<string, () => Child>>;
  /** The document's title, where it tells a state that a part may change. */
  readonly title?: string;
  /** The address of what is shown, without what is at its default; a filter form's answer puts it into the address bar. */
  readonly address?: string;
}

export function respond(c: AppContext, view: View): Response | Promise<Response> {
  c.header("Vary", "HX-Request, HX-Request-Type, HX-Target, Cookie");
  c.header("Cache-Control", "private, no-store");
  const part = wantsPart(c) ? view.parts[targetId(c)] : undefined;
  if (part === undefined) return html(c, view.page());
  const known = c.req.header("hx-ptag");
  if (view.ptag !== null) {
    if (known === view.ptag) return c.body(null, 304);
    c.header("HX-PTag", view.ptag);
  }
  // A poll brings a tag and must not touch the address; a form does not, and is why the address changes.
  if (known === undefined && view.address !== undefined) c.header("HX-Replace-Url", view.address);
  if (view.title === undefined) return fragment(c, part());
  // htmx takes a title out of whatever it is sent, and puts it into the document.
  return fragment(
    c,
    <>
      <title>{pageTitle(view.title, platformOf(c).instanceName)}</title>
      {part()}
    </>,
  );
}

export function html(c: AppContext, document: Child): Response | Promise<Response> {
  return c.html(`<!doctype html>${document}`);
}

export function fragment(c: AppContext, content: Child): Response | Promise<Response> {
  return c.html(<ClockContext.Provider value={clockOf(c)}>{content}</ClockContext.Provider>);
}

/** A form about one action: a dialog's content for htmx, a page of its own otherwise. */
export function respondWithForm(
  c: AppContext,
  view: {
    readonly title: string;
    readonly crumbs: readonly Crumb[];
    readonly form: Child;
    readonly nav?: NavKey | null;
    readonly shell: () => Shell;
  },
  status: 200 | 409 | 422 = 200,
): Response | Promise<Response> {
  c.header("Vary", "HX-Request, HX-Request-Type, HX-Target, Cookie");
  c.header("Cache-Control", "private, no-store");
  if (!wantsPart(c)) {
    c.status(status);
    return html(
      c,
      <ActionPage
        shell={view.shell()}
        title={view.title}
        crumbs={view.crumbs}
        {...(view.nav === undefined ? {} : { nav: view.nav })}
      >
        {view.form}
      </ActionPage>,
    );
  }
  // A form that comes back with errors replaces itself, inside of whatever holds it. Its status is 200 all the same: to
  // htmx it makes no difference, and a browser would write every other one into its console as a failed request.
  return fragment(
    c,
    targetId(c) === "dialog" ? <ActionDialog title={view.title}>{view.form}</ActionDialog> : view.form,
  );
}

/** After an action: to the page that shows what it did. */
export function done(c: AppContext, href: string, flash: Flash): Response {
  setFlash(c, flash);
  return elsewhere(c, href);
}

/** What was asked for is on another page. */
export function elsewhere(c: AppContext, href: string): Response {
  if (!wantsPart(c)) return c.redirect(href, 303);
  c.header("HX-Redirect", href);
  return c.body(null, 200);
}

const FLASH = "flash";
const FLASH_LENGTH = 300;

export function setFlash(c: AppContext, flash: Flash): void {
  const text = JSON.stringify([flash.tone, flash.text.slice(0, FLASH_LENGTH)]);
  setCookie(c, FLASH, text, { path: "/", httpOnly: true, sameSite: "Lax", maxAge: 30 });
}

function takeFlash(c: AppContext): Flash | null {
  const cookie = getCookie(c, FLASH);
  // A page fetched ahead may never be looked at; the message waits for the one that is.
  if (cookie === undefined || cookie === "" || c.req.header("sec-purpose") !== undefined) return null;
  deleteCookie(c, FLASH, { path: "/" });
  try {
    const value: unknown = JSON.parse(cookie);
    if (!Array.isArray(value) || typeof value[1] !== "string") return null;
    return { tone: value[0] === "danger" ? "danger" : "done", text: value[1].slice(0, FLASH_LENGTH) };
  } catch {
    // Somebody else's cookie of that name: nothing to say.
    return null;
  }
}
