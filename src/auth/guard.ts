/** What stands before every handler: who is calling, whether their browser was tricked into it, whether they may. */
import type { MiddlewareHandler } from "hono";
import { type AppContext, type AppEnv, notFound, platformOf } from "./context.ts";
import { assertSameOrigin } from "./csrf.ts";
import { HttpError } from "./http-error.ts";
import { can, type Principal } from "./permissions.ts";
import type { Route } from "./routes.ts";

export function guard(route: Pick<Route, "kind" | "permission">): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.set("routeKind", route.kind);
    if (route.permission === "public") {
      // A form of ours that signs in is a target too: without this, a foreign page could sign a visitor in as someone else.
      assertSameOrigin(c, { required: false });
      return next();
    }
    const principal = await signedIn(c);
    if (route.permission !== "signed_in" && !can(principal, route.permission, dagIdOf(c))) throw refusal(c);
    return next();
  };
}

/** The caller, put where handlers find them; throws 401 when there is none. */
export async function signedIn(c: AppContext): Promise<Principal> {
  const principal = await c.get("authenticator").authenticate(c);
  if (principal === null) throw unauthorized("Not authenticated");
  if (principal.via === "session") assertSameOrigin(c, { required: true });
  c.set("principal", principal);
  return principal;
}

export function unauthorized(detail: string): HttpError {
  return new HttpError(401, detail, { "WWW-Authenticate": `Bearer realm="updraft"` });
}

/** `~` stands for all DAGs; the list behind it filters by `allowedDagIds`. */
function dagIdOf(c: AppContext): string | null {
  const { dag_id: dagId } = c.req.param() as Record<string, string>;
  return dagId === undefined || dagId === "~" ? null : dagId;
}

function refusal(c: AppContext): HttpError {
  return dagIdOf(c) === null
    ? new HttpError(403, `Forbidden: ${platformOf(c).instanceName} does not allow you to do this`)
    : notFound(c);
}
