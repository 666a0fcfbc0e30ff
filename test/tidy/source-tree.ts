/**
 * The files of the repository as the tidy checks see them: those git tracks or would track, so that a new file is
 * checked before it is committed and nothing generated ever is.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "vitest/node";

export const root = join(import.meta.dirname, "../..");

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  /** What is wrong, and what to write instead. */
  readonly message: string;
}

/** A node of the syntax tree. Only what the checks read is known of it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface CodeFile extends SourceFile {
  readonly tree: SyntaxNode;
}

export function listPaths(): readonly string[] {
  const output = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64_000_000,
  });
  // A file that was deleted but not yet committed is still in git's list.
  return output.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));
}

export function readSource(path: string): SourceFile {
  return { path, text: readFileSync(join(root, path), "utf8") };
}

export function isCode(path: string): boolean {
  return /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith(".d.ts");
}

/** One parse serves the type of every file: TSX reads TypeScript except for casts in angle brackets, which we do not write. */
export function parseCode(path: string, text: string): CodeFile {
  return { path, text, tree: parseAst(text, { lang: path.endsWith(".mjs") ? "js" : "tsx" }) as unknown as SyntaxNode };
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Calls `visit` for the node and everything below it, parents first. */
export function walk(node: SyntaxNode, visit: (node: SyntaxNode, parent: SyntaxNode | null) => void): void {
  const step = (current: SyntaxNode, parent: SyntaxNode | null) => {
    visit(current, parent);
    for (const child of Object.values(current)) {
      for (const item of Array.isArray(child) ? child : [child]) if (isNode(item)) step(item, current);
    }
  };
  step(node, null);
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** The dotted name of an expression such as `crypto.randomUUID`, or null when it is not one. */
export function dottedName(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === "Identifier") return String(node["name"]);
  if (node.type !== "MemberExpression" || node["computed"] === true) return null;
  const object = dottedName(node["object"]);
  return object === null ? null : `${object}.${dottedName(node["property"])}`;
}
