/**
 * Documentation that authors write in Markdown, as a tree of the few things that it may become. The build reads Markdown
 * into it, pages render it: no markup is stored, so none can slip through.
 */

export type DocInline =
  | string
  | { readonly t: "b" | "i" | "s" | "c"; readonly v: readonly DocInline[] }
  | { readonly t: "a"; readonly href: string; readonly v: readonly DocInline[] }
  | { readonly t: "br" };

export type DocBlock =
  | { readonly t: "p"; readonly v: readonly DocInline[] }
  | { readonly t: "h"; readonly level: number; readonly v: readonly DocInline[] }
  | { readonly t: "ul" | "ol"; readonly v: readonly (readonly DocBlock[])[] }
  | { readonly t: "pre"; readonly v: string }
  | { readonly t: "q"; readonly v: readonly DocBlock[] }
  | { readonly t: "hr" }
  | {
      readonly t: "table";
      readonly head: readonly (readonly DocInline[])[];
      readonly rows: readonly (readonly (readonly DocInline[])[])[];
    };

/** Addresses that a link of a document may have. Everything else stays text. */
export function isSafeHref(href: string): boolean {
  // Browsers drop tabs, line breaks and what stands before the scheme, so none of it may be there.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters in question.
  return /^(https?:\/\/|mailto:|#|\/(?![/\\]))/i.test(href) && !/[\u0000-\u0020\u007f]/.test(href);
}
