/** The last row of a page as a part of an address. What does not read as one is the first page. */
import { z } from "zod";

export const cursorQuery = z.string().max(1_200).optional().catch(undefined);

export function cursorText(parts: readonly (string | number | null)[]): string {
  return JSON.stringify(parts);
}

export function readCursor<Shape extends z.ZodType>(text: string | undefined, shape: Shape): z.output<Shape> | null {
  if (text === undefined) return null;
  try {
    const parsed = shape.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    // An address that was mistyped shows the first page.
    return null;
  }
}
