/**
 * Parameters of a DAG: declared as a Zod object, stored as JSON Schema, checked against that alone. What JSON Schema cannot
 * say is refused when the DAG is loaded, because the scheduler, the API and the dashboard see nothing but the schema.
 */
import { z } from "zod";
import type { Json } from "../lib/json.ts";
import { definitionError } from "./errors.ts";
import type { JsonSchema } from "./spec.ts";

/** The JSON Schema of what a trigger may send. Throws `DefinitionError` at `where`. */
export function paramsSchema(where: string, params: z.ZodObject): JsonSchema {
  if (!(params instanceof z.ZodObject)) {
    throw definitionError(where, "params must be a Zod object: params: z.object({ … })");
  }
  let problem: string | null = null;
  try {
    const schema = z.toJSONSchema(params, {
      io: "input",
      // What JSON does not have is found below, where its place is known.
      unrepresentable: "any",
      override: ({ zodSchema, path }) => {
        problem ??= problemOf(zodSchema, path);
      },
    });
    if (problem === null) return JSON.parse(JSON.stringify(schema)) as JsonSchema;
  } catch (error) {
    problem ??= `${error instanceof Error ? error.message : error}; use a type that JSON has`;
  }
  throw definitionError(where, `params cannot be stored as JSON Schema: ${problem}`);
}

const refusedTypes: Readonly<Record<string, string>> = {
  pipe: "is a transform or pipe",
  transform: "is a transform",
  catch: "replaces wrong values (.catch())",
  custom: "is a custom check",
  date: "is a Date, which JSON does not have (use z.iso.date() or z.iso.datetime())",
  bigint: "is a bigint, which JSON does not have",
  symbol: "is a symbol, which JSON does not have",
  undefined: "is undefined, which JSON does not have",
  void: "is void, which JSON does not have",
  nan: "is NaN, which JSON does not have",
  map: "is a Map, which JSON does not have (use z.record())",
  set: "is a Set, which JSON does not have (use z.array())",
  file: "is a File, which JSON does not have",
  function: "is a function, which JSON does not have",
  promise: "is a promise, which JSON does not have",
};
const refusedChecks: Readonly<Record<string, string>> = {
  custom: "has a refinement",
  overwrite: "changes its value (such as .trim())",
};

function problemOf(schema: z.core.$ZodTypes, path: readonly (string | number)[]): string | null {
  const { def } = schema._zod;
  const checks = (def.checks ?? []).map((check) => refusedChecks[check._zod.def.check]);
  const isCoerced = "coerce" in def && def.coerce === true;
  const isOddLiteral = def.type === "literal" && def.values.some((value) => /bigint|undefined/.test(typeof value));
  const reason =
    refusedTypes[def.type] ??
    checks.find((text) => text !== undefined) ??
    (isCoerced ? "is coerced" : isOddLiteral ? "is a literal that JSON does not have" : null);
  if (reason === null) return null;
  const names = path.filter((_, index) => path[index - 1] === "properties");
  const place = names.length === 0 ? "the object itself" : `"${names.join(".")}"`;
  return `${place} ${reason}; declare plain types and limits, and do the rest in a task`;
}

export interface ParamError {
  /** A path such as `conf.year`; `conf` for the whole. */
  readonly field: string;
  readonly message: string;
}

export type ValidatedParams =
  | { readonly ok: true; readonly params: Readonly<Record<string, Json>> }
  | { readonly ok: false; readonly errors: readonly ParamError[] };

/**
 * Merges a trigger's conf over the defaults of the schema and checks the result. As in Airflow, conf may carry more than the
 * schema names, and all of it is in `params`; `z.strictObject()` forbids that.
 */
export function validateParams(schema: JsonSchema | null, conf: Json): ValidatedParams {
  if (conf === null || typeof conf !== "object" || Array.isArray(conf)) {
    return { ok: false, errors: [{ field: "conf", message: "must be an object" }] };
  }
  const given = conf as Readonly<Record<string, Json>>;
  if (schema === null) return { ok: true, params: given };
  const parsed = compile(schema).safeParse(given);
  if (parsed.success) return { ok: true, params: parsed.data as Readonly<Record<string, Json>> };
  return { ok: false, errors: errorsOf(parsed.error.issues) };
}

/** One error per field: the format of a text and its pattern would say the same twice. */
function errorsOf(issues: readonly z.core.$ZodIssue[]): readonly ParamError[] {
  const errors = new Map<string, ParamError>();
  for (const issue of issues) {
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [null];
    for (const key of keys) {
      const path = key === null ? issue.path : [...issue.path, key];
      const field = ["conf", ...path].join(".");
      if (!errors.has(field)) errors.set(field, { field, message: issue.message });
    }
  }
  return [...errors.values()];
}

// A schema is read many times (each trigger, each scheduled run) and belongs to a version that never changes.
const compiled = new WeakMap<JsonSchema, z.ZodType>();

function compile(schema: JsonSchema): z.ZodType {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const made = z.fromJSONSchema(schema as z.core.JSONSchema.JSONSchema);
  compiled.set(schema, made);
  return made;
}
