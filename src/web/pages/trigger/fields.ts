/**
 * The form of a DAG's params: one field per property of their JSON Schema, and back from what a browser sends to the
 * values of a conf. What a schema says beyond type, enum and bounds is checked by the scheduler, which names the field.
 */
import type { JsonSchema } from "../../../dag/spec.ts";
import type { Json } from "../../../lib/json.ts";
import { parseInstant } from "../../instant-input.ts";

export type FieldKind =
  | "text"
  | "multiline"
  | "number"
  | "integer"
  | "boolean"
  | "choice"
  /** Several of a list. */
  | "choices"
  /** A list of texts, one per line. */
  | "lines"
  | "date"
  | "datetime"
  | "time"
  | "json";

export interface Field {
  readonly name: string;
  readonly title: string;
  readonly help: string | null;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  readonly choices: readonly Json[];
  /** Offered while typing; anything else is allowed too. */
  readonly proposals: readonly string[];
  /** The heading it stands under, or "". */
  readonly section: string;
  readonly initial: Json | undefined;
  /** What the schema gives a conf without it; undefined when that is nothing, or as good as nothing. */
  readonly fallback: Json | undefined;
  readonly min: number | null;
  readonly max: number | null;
  readonly maxLength: number | null;
}

export function fieldsOf(schema: JsonSchema | null, given: Json = {}): readonly Field[] {
  const properties = objectOf(schema?.["properties"]);
  const required = Array.isArray(schema?.["required"]) ? schema["required"] : [];
  const values = objectOf(given);
  return Object.entries(properties).map(([name, property]) => {
    const rule = withoutNull(objectOf(property as Json));
    return {
      name,
      title: textOf(rule["title"]) ?? name,
      help: textOf(rule["description"]),
      kind: kindOf(rule),
      isRequired: required.includes(name) && rule["default"] === undefined,
      choices: choicesOf(rule),
      proposals: Array.isArray(rule["examples"]) ? rule["examples"].filter((one) => typeof one === "string") : [],
      section: textOf(rule["section"]) ?? "",
      initial: Object.hasOwn(values, name) ? values[name] : rule["default"],
      fallback: isNothing(rule["default"]) ? undefined : rule["default"],
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
  if (field.kind === "lines" && Array.isArray(field.initial)) return field.initial.join("\n");
  const compact = JSON.stringify(field.initial);
  return compact.length <= 60 ? compact : JSON.stringify(field.initial, null, 2);
}

/** What a browser sent: a name may come several times. */
export interface FormReader {
  readonly text: (name: string) => string | null;
  readonly list: (name: string) => readonly string[];
}

export interface ReadConf {
  readonly conf: Readonly<Record<string, Json>>;
  readonly errors: Readonly<Record<string, string>>;
}

/**
 * Whether an emptied field goes along: what is left out gets its default, and whoever erases the only recipient means
 * nobody. A number or a date cannot be empty; those fields say that their default applies.
 */
export function canBeEmptied({ kind, fallback }: Field): boolean {
  return fallback !== undefined && (kind === "text" || kind === "multiline" || kind === "lines");
}

/** Reads the form's values as a conf. What is empty is left out, unless its default would come back for it. */
export function confOf(fields: readonly Field[], form: FormReader, zone: string): ReadConf {
  const conf: Record<string, Json> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const text = form.text(field.name);
    if (field.kind === "boolean") conf[field.name] = text === "true";
    else if (field.kind === "choices") {
      // The form sends an empty one along, to tell "none of them" from "not asked".
      const given = form.list(field.name);
      const chosen = given.flatMap((place) => (place === "" ? [] : (field.choices[Number(place)] ?? [])));
      if (given.length > 0) conf[field.name] = chosen;
    } else if (text !== null && (text !== "" || canBeEmptied(field))) {
      const value = parseValue(field, text, zone);
      if (value.ok) conf[field.name] = value.value;
      else errors[field.name] = value.error;
    }
  }
  return { conf, errors };
}

type Parsed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly error: string };

function parseValue(field: Field, text: string, zone: string): Parsed {
  switch (field.kind) {
    case "text":
    case "multiline":
    case "boolean":
    case "choices":
    case "date":
    case "time":
      return { ok: true, value: text };
    case "lines":
      return { ok: true, value: text.split("\n").filter((line) => line !== "") };
    case "datetime": {
      const at = parseInstant(text, zone);
      if (typeof at !== "number") return { ok: false, error: "Expected a date such as 2026-01-31T06:00" };
      return { ok: true, value: new Date(at).toISOString() };
    }
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

type Rule = Readonly<Record<string, Json>>;

/** The rule of a value that may be null is that of its other type; of a list to choose from, null is one more choice. */
function withoutNull(rule: Rule): Rule {
  const variants = Array.isArray(rule["anyOf"]) ? rule["anyOf"].map((variant) => objectOf(variant as Json)) : [];
  const [only, ...others] = variants.filter(({ type }) => type !== "null");
  if (only === undefined || others.length > 0) return rule;
  const { anyOf, ...about } = rule;
  const isNullable = variants.length > 1 && Array.isArray(only["enum"]);
  return { ...about, ...only, ...(isNullable ? { enum: [...choicesOf(only), null] } : {}) };
}

function kindOf(rule: Rule): FieldKind {
  if (Array.isArray(rule["enum"])) return "choice";
  return Array.isArray(rule["anyOf"]) ? "json" : kindOfType(rule);
}

/** A text longer than this does not fit a line. */
const LINE_LENGTH = 200;

function kindOfType(rule: Rule): FieldKind {
  switch (rule["type"]) {
    case "string": {
      const { format } = rule;
      if (format === "date" || format === "time") return format;
      if (format === "date-time") return "datetime";
      const isLong = (numberOf(rule["maxLength"]) ?? 0) > LINE_LENGTH || String(rule["default"] ?? "").includes("\n");
      return format === "multiline" || rule["multiline"] === true || isLong ? "multiline" : "text";
    }
    case "number":
    case "integer":
    case "boolean":
      return rule["type"];
    case "array": {
      const items = objectOf(rule["items"]);
      if (Array.isArray(items["enum"])) return "choices";
      return items["type"] === "string" ? "lines" : "json";
    }
    default:
      return "json";
  }
}

function choicesOf(rule: Rule): readonly Json[] {
  const own = rule["enum"] ?? objectOf(rule["items"])["enum"];
  return Array.isArray(own) ? own : [];
}

function isNothing(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function objectOf(value: Json | undefined): Rule {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, Json>) : {};
}

function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function numberOf(value: Json | undefined): number | null {
  return typeof value === "number" ? value : null;
}
