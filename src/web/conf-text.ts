import type { Json } from "../lib/json.ts";

export type ReadConfText =
  | { readonly ok: true; readonly conf: Readonly<Record<string, Json>> }
  | { readonly ok: false; readonly error: string };

/** A conf as people type it; nothing typed is an empty one. */
export function readConfText(text: string | null): ReadConfText {
  try {
    const conf: unknown = JSON.parse(text?.trim() || "{}");
    if (conf !== null && typeof conf === "object" && !Array.isArray(conf))
      return { ok: true, conf: conf as Record<string, Json> };
    return { ok: false, error: "Expected a JSON object, such as {}" };
  } catch (error) {
    return { ok: false, error: `Expected JSON: ${(error as Error).message}` };
  }
}
