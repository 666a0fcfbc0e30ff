/** What a verb answers instead of doing something: values that say what is wrong, and what to do. */
import type { SchedulerRefusal } from "../platform.ts";

export const MAX_NOTE_CHARS = 1_000;

export function refuse(code: SchedulerRefusal["code"], message: string, field: string | null = null): SchedulerRefusal {
  return { ok: false, code, message, field };
}

export function dagNotFound(dagId: string): SchedulerRefusal {
  return refuse("not_found", `The DAG "${dagId}" was not found`);
}

export function runNotFound(dagId: string, runId: string): SchedulerRefusal {
  return refuse("not_found", `The run "${runId}" of DAG "${dagId}" was not found`);
}

export function noteProblem(note: string | null | undefined): SchedulerRefusal | null {
  if (note == null || note.length <= MAX_NOTE_CHARS) return null;
  return refuse("invalid", `The note is longer than ${MAX_NOTE_CHARS} characters`, "note");
}
