import type { AppContext } from "./context.ts";
import { HttpError } from "./http-error.ts";

/**
 * Refuses a request that a foreign page made a browser send. Browsers set both headers and pages cannot forge them.
 * `required`: at least one of them must be there, because the browser adds the cookie by itself. A bearer token it
 * never adds, so such requests are not asked.
 */
export function assertSameOrigin(c: AppContext, options: { readonly required: boolean }): void {
  if (c.req.method === "GET" || c.req.method === "HEAD") return;
  const site = c.req.header("sec-fetch-site");
  const origin = c.req.header("origin");
  const isForeignSite = site !== undefined && site !== "same-origin" && site !== "none";
  const isForeignOrigin = origin !== undefined && origin !== new URL(c.req.url).origin;
  const isUnknown = options.required && site === undefined && origin === undefined;
  if (isForeignSite || isForeignOrigin || isUnknown) {
    throw new HttpError(403, "Cross-site request refused: send it from this site, or with a bearer token");
  }
}
