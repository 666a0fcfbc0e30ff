/** The largest files and functions: printed so that they are seen, never a reason to fail. */
import { type CodeFile, isNode, lineOf, type SyntaxNode, walk } from "./source-tree.ts";

export interface Size {
  readonly name: string;
  readonly lineCount: number;
}

const kinds: readonly (readonly [string, (path: string) => boolean])[] = [
  ["files of src and workers", (path) => /^(src|workers)\/.*\.(ts|mjs)$/.test(path)],
  ["views", (path) => /^src\/.*\.tsx$/.test(path)],
  ["tests", (path) => path.startsWith("test/")],
];

export function largest(files: readonly CodeFile[], count: number): ReadonlyMap<string, readonly Size[]> {
  const lists = new Map<string, readonly Size[]>();
  for (const [kind, isOfKind] of kinds) {
    const ofKind = files.filter((file) => isOfKind(file.path));
    lists.set(
      kind,
      top(
        ofKind.map(({ path, text }) => ({ name: path, lineCount: text.split("\n").length })),
        count,
      ),
    );
  }
  const code = files.filter((file) => !file.path.startsWith("test/"));
  lists.set("functions", top(code.flatMap(functionsOf), count));
  return lists;
}

function top(sizes: readonly Size[], count: number): readonly Size[] {
  return [...sizes].sort((a, b) => b.lineCount - a.lineCount).slice(0, count);
}

function functionsOf(file: CodeFile): readonly Size[] {
  const sizes: Size[] = [];
  walk(file.tree, (node, parent) => {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return;
    const first = lineOf(file.text, node.start);
    const name = nameOf(node) ?? nameOf(parent) ?? "(nameless)";
    sizes.push({ name: `${file.path}:${first} ${name}`, lineCount: lineOf(file.text, node.end) - first + 1 });
  });
  return sizes;
}

function nameOf(node: SyntaxNode | null): string | null {
  const name = node?.["id"] ?? node?.["key"];
  return isNode(name) && typeof name["name"] === "string" ? name["name"] : null;
}
