import { dag, z } from "updraft";
import { describe, expect, test } from "vitest";
import { validateParams } from "../../src/dag/params.ts";
import type { JsonSchema } from "../../src/dag/spec.ts";
import type { Json } from "../../src/lib/json.ts";

function schemaOf(params: z.ZodObject): JsonSchema {
  const { spec } = dag("d", { params }, () => {});
  if (spec.params === null) throw new Error("the DAG has no schema");
  // As it comes back from storage.
  return JSON.parse(JSON.stringify(spec.params));
}

const weather = schemaOf(
  z.object({
    year: z.int().min(2012).max(2015).default(2015),
    city: z.enum(["seattle", "new york"]).default("seattle"),
    day: z.iso.date().optional(),
    limits: z.object({ low: z.number(), high: z.number().nullable() }).optional(),
    tags: z.array(z.string().max(5)).max(2).default([]),
    mail: z.email().optional(),
  }),
);

describe("validateParams()", () => {
  test("merges conf over the defaults", () => {
    expect(validateParams(weather, {})).toEqual({ ok: true, params: { year: 2015, city: "seattle", tags: [] } });
    expect(validateParams(weather, { year: 2013, day: "2013-05-01" })).toEqual({
      ok: true,
      params: { year: 2013, city: "seattle", tags: [], day: "2013-05-01" },
    });
  });

  test("names the field of each error, once", () => {
    const validated = validateParams(weather, {
      year: 2099,
      city: "oslo",
      day: "May",
      limits: { low: "1", high: null },
      tags: ["ok", "too long"],
      mail: "nobody",
    });
    expect(validated.ok ? [] : validated.errors.map((error) => error.field)).toEqual([
      "conf.year",
      "conf.city",
      "conf.day",
      "conf.limits.low",
      "conf.tags.1",
      "conf.mail",
    ]);
    expect(validated.ok ? "" : validated.errors[0]?.message).toBe("Too big: expected number to be <=2015");
  });

  test("names a missing param", () => {
    const schema = schemaOf(z.object({ day: z.string() }));
    expect(validateParams(schema, {})).toEqual({
      ok: false,
      errors: [{ field: "conf.day", message: "Invalid input: expected string, received undefined" }],
    });
  });

  test("lets conf carry more than the schema names, unless it is strict", () => {
    expect(validateParams(weather, { ticket: 7 })).toMatchObject({ ok: true, params: { ticket: 7, year: 2015 } });
    const strict = schemaOf(z.strictObject({ a: z.string().default("x"), b: z.strictObject({}).optional() }));
    expect(validateParams(strict, { ticket: 7, b: { c: 1 } })).toEqual({
      ok: false,
      errors: [
        { field: "conf.b.c", message: 'Unrecognized key: "c"' },
        { field: "conf.ticket", message: 'Unrecognized key: "ticket"' },
      ],
    });
  });

  test.each<[string, Json]>([
    ["null", null],
    ["a list", []],
    ["a text", "x"],
  ])("refuses %s as conf", (_name, conf) => {
    expect(validateParams(weather, conf)).toEqual({
      ok: false,
      errors: [{ field: "conf", message: "must be an object" }],
    });
  });

  test("gives the conf itself to a DAG without params", () => {
    expect(validateParams(null, { anything: [1] })).toEqual({ ok: true, params: { anything: [1] } });
  });

  test.each<[string, z.ZodType, Json, Json]>([
    ["unions", z.union([z.string(), z.number()]), 3, true],
    [
      "discriminated unions",
      z.discriminatedUnion("k", [z.object({ k: z.literal("a") }), z.object({ k: z.literal("b"), n: z.int() })]),
      { k: "b", n: 1 },
      { k: "b" },
    ],
    ["records", z.record(z.string(), z.number()), { a: 1 }, { a: "1" }],
    ["tuples", z.tuple([z.string(), z.number()]), ["a", 1], ["a", 1, 2]],
    ["literals", z.literal([1, "one"]), "one", 2],
    ["patterns", z.string().regex(/^a+$/), "aa", "ab"],
    ["steps", z.number().multipleOf(5).gt(5), 10, 12],
    ["nullable", z.boolean().nullable(), null, 0],
    ["date-times with offset", z.iso.datetime({ offset: true }), "2026-01-01T00:00:00+02:00", "2026-01-01"],
    ["any JSON", z.json(), { a: [1, null] }, undefined as unknown as Json],
    ["intersections", z.intersection(z.object({ a: z.int() }), z.object({ b: z.int() })), { a: 1, b: 2 }, { a: 1 }],
    ["URLs", z.url(), "https://example.com", "example"],
  ])("checks %s from the stored schema alone", (_name, type, good, bad) => {
    const schema = schemaOf(z.object({ value: type }));
    expect(validateParams(schema, { value: good })).toEqual({ ok: true, params: { value: good } });
    const refused = validateParams(schema, bad === undefined ? {} : { value: bad });
    expect(refused.ok).toBe(false);
  });
});

describe("dag() refuses params that JSON Schema cannot say", () => {
  test.each<[z.ZodObject, string]>([
    [z.object({ a: z.string().transform((text) => text.length) }), '"a" is a transform or pipe'],
    [z.object({ a: z.object({ b: z.string().pipe(z.string()) }) }), '"a.b" is a transform or pipe'],
    [z.object({ a: z.preprocess((x) => x, z.string()) }), '"a" is a transform or pipe'],
    [z.object({ a: z.array(z.string().refine((text) => text !== "")) }), '"a" has a refinement'],
    [z.object({ a: z.string() }).refine(() => true), "the object itself has a refinement"],
    [z.object({ a: z.string().trim() }), '"a" changes its value (such as .trim())'],
    [z.object({ a: z.coerce.number() }), '"a" is coerced'],
    [z.object({ a: z.string().catch("x") }), '"a" replaces wrong values (.catch())'],
    [z.object({ a: z.instanceof(URL) }), '"a" is a custom check'],
    [z.object({ a: z.literal(1n) }), '"a" is a literal that JSON does not have'],
    [z.object({ a: z.map(z.string(), z.string()).optional() }), '"a" is a Map'],
    [z.object({ a: z.date() }), '"a" is a Date, which JSON does not have'],
    [z.object({ a: z.bigint() }), '"a" is a bigint, which JSON does not have'],
  ])("case %#", (params, problem) => {
    expect(() => dag("d", { params }, () => {})).toThrow(
      `Cannot load DAG "d": params cannot be stored as JSON Schema: ${problem}`,
    );
  });
});
