/** Reads queries, JSON and forms into checked values, or throws the answer that says which field is wrong. */
import type { z } from "zod";
import type { AppContext } from "./context.ts";
import { type FieldProblem, fieldError, HttpError } from "./http-error.ts";

export function readQuery<S extends z.ZodType>(c: AppContext, schema: S): z.output<S> {
  const query: Record<string, string | readonly string[]> = {};
  for (const [name, values] of Object.entries(c.req.queries()))
    query[name] = values.length === 1 ? (values[0] ?? "") : values;
  return check(schema, query, "query");
}

export async function readBody<S extends z.ZodType>(c: AppContext, schema: S): Promise<z.output<S>> {
  const type = mediaType(c);
  const text = await c.req.text();
  // A body that is empty is `{}` whatever its type says: `curl -X POST` without data sends none.
  if (text !== "" && type !== "application/json") {
    throw new HttpError(415, `Unsupported content type: send application/json, got ${JSON.stringify(type)}`);
  }
  return check(schema, text === "" ? {} : parseJson(text), "body");
}

export async function readForm<S extends z.ZodType>(c: AppContext, schema: S): Promise<z.output<S>> {
  const type = mediaType(c);
  if (type !== "application/x-www-form-urlencoded" && type !== "multipart/form-data") {
    throw new HttpError(415, `Unsupported content type: send a form, got ${JSON.stringify(type)}`);
  }
  return check(schema, await c.req.parseBody({ all: true }), "body");
}

function mediaType(c: AppContext): string {
  return (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** What checks and prints values does so by recursion; deeper ones would exhaust its stack. */
const MAX_DEPTH = 200;

function parseJson(text: string): unknown {
  if (depthOf(text) > MAX_DEPTH) {
    throw fieldError(["body"], `JSON is nested too deeply: at most ${MAX_DEPTH} levels`, "json_invalid");
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fieldError(["body"], `JSON decode error: ${(error as Error).message}`, "json_invalid");
  }
}

/** Of text that need not be JSON: brackets within strings do not count. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === "[" || token === "{") deepest = Math.max(deepest, ++depth);
    else if (token === "]" || token === "}") depth -= 1;
  }
  return deepest;
}

function check<S extends z.ZodType>(schema: S, value: unknown, place: "query" | "body"): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new HttpError(422, parsed.error.issues.flatMap((issue) => problems(issue, place)).slice(0, 20));
}

function problems(issue: z.core.$ZodIssue, place: string): readonly FieldProblem[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      loc: [place, ...path, key],
      msg: "Extra inputs are not permitted",
      type: "extra_forbidden",
    }));
  }
  return [{ loc: [place, ...path], msg: issue.message, type: issue.code }];
}
