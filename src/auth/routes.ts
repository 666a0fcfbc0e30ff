/**
 * The registry of routes. A handler is reachable only through an object that says who may call it; there is no other way
 * to add one, no rule that looks at how a path begins or ends, and no default that lets a request through. The same
 * objects are the table that tests walk and the source of the OpenAPI document.
 */
import type { Hono } from "hono";
import type { z } from "zod";
import type { AppContext, AppEnv, RouteKind } from "./context.ts";
import { guard } from "./guard.ts";
import { readBody, readForm, readQuery } from "./input.ts";
import type { Permission } from "./permissions.ts";

export type Access = "public" | "signed_in" | Permission;
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface RouteOptions<Query extends z.ZodType, Body extends z.ZodType> {
  readonly permission: Access;
  readonly summary?: string;
  /** Group in the OpenAPI document. */
  readonly tag?: string;
  readonly query?: Query;
  /** The body is JSON of this shape; anything else is refused before the handler runs. */
  readonly body?: Body;
  /** The body is an HTML form of this shape. A name that comes several times is a list. */
  readonly form?: Body;
  /** Status → shape of the answer. */
  readonly responses?: Readonly<Record<number, z.ZodType | { readonly description: string }>>;
}

export interface RouteInput<Query, Body> {
  readonly query: Query;
  readonly body: Body;
}

export type RouteHandler<Path extends string, Query, Body> = (
  c: AppContext<Path>,
  input: RouteInput<Query, Body>,
) => Response | Promise<Response>;

/** A route without the types of its input, for the table. */
export interface Route extends RouteOptions<z.ZodType, z.ZodType> {
  readonly kind: RouteKind;
  readonly method: Method;
  /** Hono's form: `/api/v2/dags/:dag_id`. */
  readonly path: string;
  readonly handler: RouteHandler<string, unknown, unknown>;
}

export class Routes {
  readonly kind: RouteKind;
  readonly #table: Route[] = [];

  constructor(kind: RouteKind) {
    this.kind = kind;
  }

  get table(): readonly Route[] {
    return this.#table;
  }

  get<Path extends string, Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
    path: Path,
    options: RouteOptions<Query, Body>,
    handler: RouteHandler<Path, z.output<Query>, z.output<Body>>,
  ): void {
    this.#add("GET", path, options, handler);
  }

  post<Path extends string, Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
    path: Path,
    options: RouteOptions<Query, Body>,
    handler: RouteHandler<Path, z.output<Query>, z.output<Body>>,
  ): void {
    this.#add("POST", path, options, handler);
  }

  put<Path extends string, Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
    path: Path,
    options: RouteOptions<Query, Body>,
    handler: RouteHandler<Path, z.output<Query>, z.output<Body>>,
  ): void {
    this.#add("PUT", path, options, handler);
  }

  patch<Path extends string, Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
    path: Path,
    options: RouteOptions<Query, Body>,
    handler: RouteHandler<Path, z.output<Query>, z.output<Body>>,
  ): void {
    this.#add("PATCH", path, options, handler);
  }

  delete<Path extends string, Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
    path: Path,
    options: RouteOptions<Query, Body>,
    handler: RouteHandler<Path, z.output<Query>, z.output<Body>>,
  ): void {
    this.#add("DELETE", path, options, handler);
  }

  mount(app: Hono<AppEnv>): void {
    for (const route of this.#table) {
      app.on(route.method, route.path, guard(route), async (c) => route.handler(c, await readInput(route, c)));
    }
  }

  #add<Query extends z.ZodType, Body extends z.ZodType>(
    method: Method,
    path: string,
    options: RouteOptions<Query, Body>,
    // biome-ignore lint/suspicious/noExplicitAny: the path's literal type ends here; `readInput` gives what the schemas say.
    handler: RouteHandler<any, z.output<Query>, z.output<Body>>,
  ): void {
    const problem = problemOf(method, path, options, this.#table);
    if (problem !== null) throw new Error(`Cannot register the route ${method} ${path}: ${problem}`);
    this.#table.push({
      ...options,
      kind: this.kind,
      method,
      path,
      handler: handler as RouteHandler<string, unknown, unknown>,
    });
  }
}

function problemOf(
  method: Method,
  path: string,
  options: RouteOptions<z.ZodType, z.ZodType>,
  table: readonly Route[],
): string | null {
  if (!options.permission) return "it names no permission";
  // The guard compares the parameter of this name with what the caller may see.
  if (/\/dags\/:(?!dag_id(\/|$))/.test(path)) return 'the parameter after /dags/ must be called ":dag_id"';
  if (/[*?]/.test(path)) return "wildcards and optional parts are not allowed";
  if (method === "GET" && (options.body || options.form)) return "GET takes no body";
  if (options.body && options.form) return "it takes either JSON or a form";
  if (table.some((route) => route.method === method && route.path === path)) return "it is registered already";
  return null;
}

async function readInput(route: Route, c: AppContext): Promise<RouteInput<unknown, unknown>> {
  const query = route.query ? readQuery(c, route.query) : undefined;
  if (route.body) return { query, body: await readBody(c, route.body) };
  if (route.form) return { query, body: await readForm(c, route.form) };
  return { query, body: undefined };
}
