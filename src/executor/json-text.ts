/**
 * A task's value as JSON text, or the reason why it is none. `JSON.stringify` alone would lose data silently (`NaN`
 * becomes null, a `Map` becomes `{}`), and the next task would read something else than its types say. What the types of
 * `dag/json-output.ts` promise passes: `toJSON` is followed, an undefined property is left out, an undefined item is null.
 * Of anything else the reason names the place of the first one.
 */
import { err, ok, type Result } from "../lib/result.ts";

const MAX_DEPTH = 500;

export function toJsonText(value: unknown): Result<string, string> {
  const problem = findNonJson(value, "value", []);
  if (problem !== null) return err(problem);
  try {
    return ok(JSON.stringify(value));
  } catch (error) {
    // The one way left to fail: the text outgrows the longest string there can be.
    return err(`the value cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function findNonJson(value: unknown, path: string, ancestors: object[]): string | null {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return null;
    case "number":
      return Number.isFinite(value) ? null : `${path} is ${value}, which JSON has no number for`;
    case "object":
      return value === null ? null : findInObject(value, path, ancestors);
    case "bigint":
      return `${path} is a bigint, convert it with String()`;
    case "function":
    case "symbol":
      return `${path} is a ${typeof value}`;
  }
}

function findInObject(value: object, path: string, ancestors: object[]): string | null {
  if (ancestors.includes(value)) return `${path} refers back to an object that contains it`;
  if (ancestors.length >= MAX_DEPTH) return `${path.slice(0, 60)}… is nested deeper than ${MAX_DEPTH} levels`;
  ancestors.push(value);
  const problem = findInside(value, path, ancestors);
  ancestors.pop();
  return problem;
}

function findInside(value: object, path: string, ancestors: object[]): string | null {
  if (Array.isArray(value)) return findInArray(value, path, ancestors);
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return findNonJson((value as { toJSON(): unknown }).toJSON(), path, ancestors);
  }
  return findInRecord(value, path, ancestors);
}

function findInArray(values: readonly unknown[], path: string, ancestors: object[]): string | null {
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    // Most arrays are long lists of plain values: do not build a path for each.
    if (typeof value === "string" || typeof value === "boolean" || value === null) continue;
    if (typeof value === "number" && Number.isFinite(value)) continue;
    const problem = findNonJson(value, `${path}[${index}]`, ancestors);
    if (problem !== null) return problem;
  }
  return null;
}

function findInRecord(record: object, path: string, ancestors: object[]): string | null {
  const entries = Object.entries(record);
  // A Map, a Set, an Error, a Promise: all they hold lies where JSON does not look.
  const isEmptyInstance = entries.length === 0 && !isPlainObject(record);
  if (isEmptyInstance || ArrayBuffer.isView(record)) {
    return `${path} is a ${record.constructor.name}, convert it to a plain object or an array`;
  }
  for (const [key, value] of entries) {
    if (value === undefined || typeof value === "string" || value === null) continue;
    const problem = findNonJson(value, `${path}${propertyPath(key)}`, ancestors);
    if (problem !== null) return problem;
  }
  return null;
}

function isPlainObject(record: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(record);
  return prototype === Object.prototype || prototype === null;
}

function propertyPath(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 60))}]`;
}
