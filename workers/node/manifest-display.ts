/**
 * What pages show of a DAG and the build makes once: the layout of its graph, its source in colours, its docs. Each is
 * numbers and plain text, never markup; see src/web/display.ts.
 */
import { createRequire } from "node:module";
import { lexer, type Token } from "marked";
import type { DagSpec } from "../../src/dag/spec.ts";
import { type CodeSpans, WORD_KINDS, type WordKind } from "../../src/web/code-spans.ts";
import type { VersionDisplay } from "../../src/web/display.ts";
import { type DocBlock, type DocInline, isSafeHref } from "../../src/web/docs.ts";
import { layOutGraph } from "../../src/web/graph/graph-layout.ts";
import { mapOf } from "../../src/web/graph/graph-map.ts";
import { FIRST_LOOK, viewOf } from "../../src/web/graph/graph-view.ts";

/** The little that is used of it. Its own types bring those of browsers, which contradict those of the Worker. */
interface Highlighter {
  registerLanguage(name: string, language: unknown): void;
  highlight(
    code: string,
    options: { readonly language: string; readonly ignoreIllegals: boolean },
  ): {
    readonly value: string;
  };
}

const require = createRequire(import.meta.url);
const highlighter: Highlighter = require("highlight.js/lib/core");
highlighter.registerLanguage("typescript", require("highlight.js/lib/languages/typescript"));

/** A row of the catalog takes 1 MB; what is dearest to store is given up first. */
const MAX_BYTES = 900_000;
const MAX_SOURCE = 300_000;

export function makeDisplay(spec: DagSpec, source: string): string {
  const view = viewOf(spec, FIRST_LOOK);
  const drawn = view.shown === null ? { graph: layOutGraph(spec, view, "right") } : { map: mapOf(spec) };
  const docs = spec.docs === null ? {} : { docs: readDocs(spec.docs) };
  const ofTasks = spec.tasks.flatMap((task) =>
    task.docs === null ? [] : [[task.taskId, readDocs(task.docs)] as const],
  );
  const taskDocs = ofTasks.length === 0 ? {} : { taskDocs: Object.fromEntries(ofTasks) };
  const code = source.length > MAX_SOURCE ? {} : { code: spansOf(source) };
  const candidates: readonly VersionDisplay[] = [
    { v: 1, ...drawn, ...docs, ...taskDocs, ...code },
    { v: 1, ...drawn, ...docs, ...taskDocs },
    { v: 1, ...drawn },
  ];
  const texts = candidates.map((display) => JSON.stringify(display));
  return texts.find((text) => Buffer.byteLength(text) <= MAX_BYTES) ?? JSON.stringify({ v: 1 });
}

const kinds: Readonly<Record<string, WordKind>> = {
  keyword: "keyword",
  "variable language_": "keyword",
  string: "string",
  regexp: "string",
  "template-variable": "string",
  subst: "attribute",
  number: "number",
  comment: "comment",
  doctag: "comment",
  "title function_": "title",
  title: "title",
  "title class_": "type",
  built_in: "type",
  type: "type",
  literal: "literal",
  attr: "attribute",
  property: "attribute",
};

/** The library answers with HTML; its tags are turned into spans of the source, which is the text between them. */
export function spansOf(source: string): CodeSpans {
  const { value } = highlighter.highlight(source, { language: "typescript", ignoreIllegals: true });
  const spans: number[] = [];
  const open: string[] = [];
  let at = 0;
  let end = 0;
  for (const [, tag, names, text] of value.matchAll(/<(\/?span)(?: class="([^"]*)")?>|([^<]+)/g)) {
    if (tag === "span") open.push((names ?? "").replaceAll("hljs-", ""));
    else if (tag === "/span") open.pop();
    else {
      const length = plain(text ?? "").length;
      const kind = kinds[open.at(-1) ?? ""];
      if (kind !== undefined) {
        spans.push(at - end, length, WORD_KINDS.indexOf(kind));
        end = at + length;
      }
      at += length;
    }
  }
  return spans;
}

const entities: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
};

function plain(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => entities[entity] ?? entity);
}

/** Markdown as the few things that documents are made of. HTML in it stays the text that it is. */
export function readDocs(text: string): readonly DocBlock[] {
  return blocksOf(lexer(text));
}

function blocksOf(tokens: readonly Token[]): readonly DocBlock[] {
  return tokens.flatMap((token): readonly DocBlock[] => {
    switch (token.type) {
      case "space":
      case "def":
        return [];
      case "heading":
        return [{ t: "h", level: token["depth"], v: inlinesOf(token["tokens"] ?? []) }];
      case "list": {
        const items = (token["items"] as readonly Token[]).map((item) =>
          blocksOf(("tokens" in item && item.tokens) || []),
        );
        return [{ t: token["ordered"] === true ? "ol" : "ul", v: items }];
      }
      case "code":
        return [{ t: "pre", v: token["text"] }];
      case "blockquote":
        return [{ t: "q", v: blocksOf(token["tokens"] ?? []) }];
      case "hr":
        return [{ t: "hr" }];
      case "table": {
        const cells = (row: readonly { readonly tokens: readonly Token[] }[]) =>
          row.map((cell) => inlinesOf(cell.tokens));
        return [{ t: "table", head: cells(token["header"]), rows: token["rows"].map(cells) }];
      }
      case "paragraph":
      case "text":
        return [{ t: "p", v: "tokens" in token && token.tokens ? inlinesOf(token.tokens) : [token.raw] }];
      default:
        return [{ t: "p", v: [token.raw] }];
    }
  });
}

const marks = { strong: "b", em: "i", del: "s" } as const;

function inlinesOf(tokens: readonly Token[]): readonly DocInline[] {
  return tokens.flatMap((token): readonly DocInline[] => {
    const inner = () => ("tokens" in token && token.tokens ? inlinesOf(token.tokens) : [textOf(token)]);
    switch (token.type) {
      case "strong":
      case "em":
      case "del":
        return [{ t: marks[token.type], v: inner() }];
      case "codespan":
        return [{ t: "c", v: [textOf(token)] }];
      case "br":
        return [{ t: "br" }];
      case "link":
        return isSafeHref(token["href"]) ? [{ t: "a", href: token["href"], v: inner() }] : inner();
      // Pages load nothing from elsewhere: an image is its description.
      case "image":
        return [textOf(token)];
      case "text":
        return inner();
      default:
        return [token.type === "escape" ? textOf(token) : token.raw];
    }
  });
}

function textOf(token: Token): string {
  return "text" in token && typeof token.text === "string" ? token.text : token.raw;
}
