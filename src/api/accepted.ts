import { type AppContext, notFound } from "../auth/context.ts";
import { fieldError, HttpError } from "../auth/http-error.ts";
import { never } from "../lib/never.ts";
import type { SchedulerReply } from "../platform.ts";

/** What a scheduler answered to a mutating call, or the HTTP error that its refusal is. */
export function accepted<T>(c: AppContext, reply: SchedulerReply<T>): { readonly ok: true } & T {
  if (reply.ok) return reply;
  switch (reply.code) {
    case "not_found":
    case "no_definition":
      throw notFound(c);
    case "conflict":
      throw new HttpError(409, reply.message);
    case "invalid":
      throw fieldError(["body", ...(reply.field === null ? [] : reply.field.split("."))], reply.message);
    default:
      return never(reply.code);
  }
}
