import type { Hono } from "hono";
import type { AppEnv } from "../../src/auth/context.ts";

/** Asks as a browser does: for pages, for parts as htmx, and with forms. */
export function browserOf(app: Hono<AppEnv>) {
  const send = async (path: string, init: RequestInit) => {
    const response = await app.request(`http://localhost${path}`, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const htmx = (target: string) => ({
    "hx-request": "true",
    "hx-request-type": "partial",
    "hx-target": `div#${target}`,
    accept: "text/html",
  });
  const form = (fields: Readonly<Record<string, string>>) => ({
    method: "POST",
    body: new URLSearchParams(fields).toString(),
  });
  const formHeaders = { "content-type": "application/x-www-form-urlencoded", origin: "http://localhost" };
  return {
    page: (path: string, headers: Record<string, string> = {}) =>
      send(path, { headers: { accept: "text/html", ...headers } }),
    part: (path: string, target: string, headers: Record<string, string> = {}) =>
      send(path, { headers: { ...htmx(target), ...headers } }),
    submit: (path: string, fields: Readonly<Record<string, string>> = {}, headers: Record<string, string> = {}) =>
      send(path, { ...form(fields), headers: { accept: "text/html", ...formHeaders, ...headers } }),
    /** A form whose fields come several times, as it travels. */
    submitText: (path: string, body: string) =>
      send(path, { method: "POST", body, headers: { accept: "text/html", ...formHeaders } }),
    submitPart: (path: string, target: string, fields: Readonly<Record<string, string>> = {}) =>
      send(path, { ...form(fields), headers: { ...htmx(target), ...formHeaders } }),
  };
}

export interface Tag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The tags of a document. Enough of HTML to check our own output, which closes its quotes. */
export function tagsOf(html: string): readonly Tag[] {
  return [...html.matchAll(/<([a-zA-Z][\w-]*)((?:\s+[^\s=>/]+(?:="[^"]*")?)*)\s*\/?>/g)].map((match) => ({
    name: match[1] ?? "",
    attributes: Object.fromEntries(
      [...(match[2] ?? "").matchAll(/([^\s=>/]+)(?:="([^"]*)")?/g)].map((pair) => [pair[1] ?? "", pair[2] ?? ""]),
    ),
  }));
}

/** The markup from the element with this id on, for assertions about one part of a page. */
export function from(html: string, id: string): string {
  const place = html.indexOf(`id="${id}"`);
  return place === -1 ? "" : html.slice(place);
}
