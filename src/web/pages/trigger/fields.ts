/**
 * The form of a DAG's params: one field per property of their JSON Schema, and back from what a browser sends to the
 * values of a conf. What a schema says beyond type, enum and bounds is checked by the scheduler, which names the field.
 */
import type { JsonSchema } from "../../../dag/spec.ts";
import type { Json } from "../../../lib/json.ts";

export type FieldKind = "text" | "number" | "integer" | "boolean" | "choice" | "json";

export interface Field {
  readonly name: string;
  readonly title: string;
  readonly help: string | null;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly choices: readonly Json[];
  readonly initial: Json | undefined;
  readonly min: number | null;
  readonly max: number | null;
  readonly maxLength: number | null;
}

export function fieldsOf(schema: JsonSchema | null, given: Json = {}): readonly Field[] {
  const properties = objectOf(schema?.["properties"]);
  const required = Array.isArray(schema?.["required"]) ? schema["required"] : [];
  const values = objectOf(given);
  return Object.entries(properties).map(([name, property]) => {
    const rule = objectOf(property as Json);
    const { kind, isNullable } = kindOf(rule);
    return {
      name,
      title: textOf(rule["title"]) ?? name,
      help: textOf(rule["description"]),
      kind,
      isRequired: required.includes(name) && rule["default"] === undefined,
      isNullable,
      choices: Array.isArray(rule["enum"]) ? rule["enum"] : [],
      initial: Object.hasOwn(values, name) ? values[name] : rule["default"],
      min: numberOf(rule["minimum"]),
      max: numberOf(rule["maximum"]),
      maxLength: numberOf(rule["maxLength"]),
    };
  });
}

export type FormValues = Readonly<Record<string, string>>;

/** A value per field as text, for an input's `value`. */
export function initialText(field: Field): string {
  if (field.initial === undefined || field.initial === null) return "";
  if (typeof field.initial === "string" && field.kind !== "json") return field.initial;
  const compact = JSON.stringify(field.initial);
  return compact.length <= 60 ? compact : JSON.stringify(field.initial, null, 2);
}

export interface ReadConf {
  readonly conf: Readonly<Record<string, Json>>;
  readonly errors: Readonly<Record<string, string>>;
}

/** Reads the form's values as a conf. A field left empty is left out, so that its default applies. */
export function confOf(fields: readonly Field[], form: (name: string) => string | null): ReadConf {
  const conf: Record<string, Json> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const text = form(field.name);
    if (field.kind === "boolean") conf[field.name] = text === "true";
    else if (text !== null && text !== "") {
      const value = parseValue(field, text);
      if (value.ok) conf[field.name] = value.value;
      else errors[field.name] = value.error;
    }
  }
  return { conf, errors };
}

type Parsed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly error: string };

function parseValue(field: Field, text: string): Parsed {
  switch (field.kind) {
    case "text":
    case "boolean":
      return { ok: true, value: text };
    case "choice": {
      const choice = field.choices[Number(text)];
      return choice === undefined ? { ok: false, error: "Choose one of the list" } : { ok: true, value: choice };
    }
    case "number":
    case "integer": {
      const value = Number(text);
      if (!Number.isFinite(value)) return { ok: false, error: `Expected a number, got "${text.slice(0, 50)}"` };
      return { ok: true, value };
    }
    case "json":
      try {
        return { ok: true, value: JSON.parse(text) as Json };
      } catch (error) {
        return { ok: false, error: `Expected JSON: ${(error as Error).message}` };
      }
  }
}

function kindOf(rule: Readonly<Record<string, Json>>): { readonly kind: FieldKind; readonly isNullable: boolean } {
  if (Array.isArray(rule["enum"])) return { kind: "choice", isNullable: rule["enum"].includes(null) };
  const variants = Array.isArray(rule["anyOf"]) ? rule["anyOf"].map((variant) => objectOf(variant as Json)) : null;
  if (variants !== null) {
    const real = variants.filter((variant) => variant["type"] !== "null");
    const [only] = real;
    const isNullable = real.length < variants.length;
    return real.length === 1 && only !== undefined
      ? { kind: kindOf(only).kind, isNullable }
      : { kind: "json", isNullable };
  }
  switch (rule["type"]) {
    case "string":
      return { kind: "text", isNullable: false };
    case "number":
      return { kind: "number", isNullable: false };
    case "integer":
      return { kind: "integer", isNullable: false };
    case "boolean":
      return { kind: "boolean", isNullable: false };
    default:
      return { kind: "json", isNullable: false };
  }
}

function objectOf(value: Json | undefined): Readonly<Record<string, Json>> {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, Json>) : {};
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}
