/**
 * Source in colours without markup: where words begin, how long they are and what they are. The page cuts the text by
 * them, so that whatever a source or a stored row says, it is text.
 */

/** What a word may be; its place in this list is what is stored. */
export const WORD_KINDS = ["keyword", "string", "number", "comment", "title", "type", "literal", "attribute"] as const;
export type WordKind = (typeof WORD_KINDS)[number];

/** For each word: letters since the end of the last one, its length, its kind. */
export type CodeSpans = readonly number[];

export interface CodePiece {
  readonly text: string;
  readonly kind: WordKind | null;
}

/** The lines of a source, each cut into pieces. Spans that do not fit the text end it early, as plain text. */
export function codeLines(source: string, spans: CodeSpans): readonly (readonly CodePiece[])[] {
  const lines: CodePiece[][] = [[]];
  const add = (text: string, kind: WordKind | null) => {
    for (const [place, part] of text.split("\n").entries()) {
      if (place > 0) lines.push([]);
      if (part !== "") lines.at(-1)?.push({ text: part, kind });
    }
  };
  let at = 0;
  for (let place = 0; place + 2 < spans.length; place += 3) {
    const start = at + (spans[place] ?? 0);
    const end = start + (spans[place + 1] ?? 0);
    if (!(start >= at && end > start && end <= source.length)) break;
    add(source.slice(at, start), null);
    add(source.slice(start, end), WORD_KINDS[spans[place + 2] ?? -1] ?? null);
    at = end;
  }
  add(source.slice(at), null);
  return lines;
}
