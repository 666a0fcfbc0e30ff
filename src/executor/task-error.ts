/**
 * Turns whatever a task threw into the data that is stored and shown: the one place where this happens. Every text is
 * capped, because messages of HTTP clients and validators can hold whole responses.
 */
import type { TaskError } from "./protocol.ts";

const NAME_MAX_LENGTH = 200;
const MESSAGE_MAX_LENGTH = 4_000;
const STACK_MAX_LENGTH = 8_000;
const CAUSES_MAX_COUNT = 5;
const CAUSE_MESSAGE_MAX_LENGTH = 1_000;

export function describeError(thrown: unknown): TaskError {
  return {
    name: nameOf(thrown),
    message: cut(messageOf(thrown), MESSAGE_MAX_LENGTH),
    stack: stackOf(thrown),
    causes: causesOf(thrown),
  };
}

/** Breadth first through `cause` and the errors of an `AggregateError`; a cycle ends at the cap. */
function causesOf(thrown: unknown): TaskError["causes"] {
  const causes: { readonly name: string; readonly message: string }[] = [];
  const open = nestedIn(thrown);
  while (open.length > 0 && causes.length < CAUSES_MAX_COUNT) {
    const cause = open.shift();
    causes.push({ name: nameOf(cause), message: cut(messageOf(cause), CAUSE_MESSAGE_MAX_LENGTH) });
    open.push(...nestedIn(cause));
  }
  return causes;
}

function nestedIn(thrown: unknown): unknown[] {
  const cause = read(thrown, "cause");
  const errors = read(thrown, "errors");
  return [
    ...(cause === undefined || cause === null ? [] : [cause]),
    ...(Array.isArray(errors) ? errors.slice(0, CAUSES_MAX_COUNT) : []),
  ];
}

function nameOf(thrown: unknown): string {
  const name = read(thrown, "name");
  return typeof name === "string" && name !== "" ? cut(name, NAME_MAX_LENGTH) : `Thrown ${typeof thrown}`;
}

function messageOf(thrown: unknown): string {
  const message = read(thrown, "message");
  if (typeof message === "string") return message;
  try {
    return typeof thrown === "object" && thrown !== null ? (JSON.stringify(thrown) ?? "") : String(thrown);
  } catch {
    return "(what was thrown cannot be written as text)";
  }
}

function stackOf(thrown: unknown): string | null {
  const stack = read(thrown, "stack");
  return typeof stack === "string" ? cut(stack, STACK_MAX_LENGTH) : null;
}

/** A thrown object may have getters that throw in turn. */
function read(thrown: unknown, property: "name" | "message" | "stack" | "cause" | "errors"): unknown {
  if (typeof thrown !== "object" || thrown === null) return undefined;
  try {
    return (thrown as Record<string, unknown>)[property];
  } catch {
    return undefined;
  }
}

function cut(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}… (${text.length - maxLength} more characters)`;
}
