/** Calls, globals, attributes and words that are not written here, each with what to write instead. */
import {
  type CodeFile,
  dottedName,
  isNode,
  lineOf,
  type SourceFile,
  type SyntaxNode,
  type Violation,
  walk,
} from "./source-tree.ts";

const clock = "take `now` as an argument, or `platform.clock.now()` at the edge";
const random = "take the id as an argument, or `platform.ids.random()` at the edge";

/** Time, randomness and identity come from outside, everywhere but in the file that is the outside. */
const impureCalls: Readonly<Record<string, string>> = {
  "Date.now": clock,
  "Math.random": random,
  "crypto.randomUUID": random,
  "crypto.getRandomValues": random,
};

/** Only measures, which the programs of workers/ may do; in src and dags it would be a second clock. */
const measurements: Readonly<Record<string, string>> = { "performance.now": clock };

/** What only one runtime has. */
const runtimeGlobals: Readonly<Record<string, string>> = {
  Deno: "use a port of src/platform.ts",
  Bun: "use a port of src/platform.ts",
  process: "use a port of src/platform.ts",
  Buffer: "use Uint8Array with TextEncoder and TextDecoder",
  require: "use import",
  eval: "nothing replaces it",
};

const waits = "wait for a named signal, or step the clock";
const fakes = "write a small class by hand that passes the contract tests";
const inTests: Readonly<Record<string, string>> = {
  setTimeout: waits,
  "vi.waitFor": waits,
  "vi.waitUntil": waits,
  "scheduler.wait": waits,
  "vi.mock": fakes,
  "vi.fn": fakes,
  "vi.spyOn": fakes,
};

export function checkBanned(file: CodeFile): readonly Violation[] {
  const violations: Violation[] = [];
  const isTest = file.path.startsWith("test/");
  const isWorker = file.path.startsWith("workers/");
  const isPlatform = /^workers\/[^/]+\/platform\.ts$/.test(file.path);
  const add = (node: SyntaxNode, message: string) =>
    violations.push({ path: file.path, line: lineOf(file.text, node.start), message });

  walk(file.tree, (node, parent) => {
    if (!isTest && !isPlatform) impure(node, isWorker ? impureCalls : { ...impureCalls, ...measurements }, add);
    if (file.path.startsWith("src/")) global(node, parent, add);
    if (/\.test\.tsx?$/.test(file.path)) call(node, inTests, add);
    if (file.path.endsWith(".tsx")) attribute(node, add);
  });
  return violations;
}

type Add = (node: SyntaxNode, message: string) => void;

function call(node: SyntaxNode, table: Readonly<Record<string, string>>, add: Add): void {
  if (node.type !== "CallExpression") return;
  const name = dottedName(node["callee"]);
  if (name !== null && Object.hasOwn(table, name)) add(node, `calls ${name}: ${table[name]}`);
}

function impure(node: SyntaxNode, table: Readonly<Record<string, string>>, add: Add): void {
  // Not only calls: a reference handed on, such as `now: Date.now`, reads the clock as well.
  const name = node.type === "MemberExpression" ? dottedName(node) : null;
  if (name !== null) {
    const key = name.replace(/^globalThis\./, "");
    if (Object.hasOwn(table, key)) add(node, `uses ${name}: ${table[key]}`);
  }
  const isDate =
    (node.type === "NewExpression" || node.type === "CallExpression") && dottedName(node["callee"]) === "Date";
  if (isDate && Array.isArray(node["arguments"]) && node["arguments"].length === 0) {
    add(node, `makes a Date of the present: ${clock}`);
  }
}

function global(node: SyntaxNode, parent: SyntaxNode | null, add: Add): void {
  if (node.type !== "Identifier") return;
  const name = String(node["name"]);
  if (!Object.hasOwn(runtimeGlobals, name)) return;
  // A member, a key or a parameter of that name is not the global.
  const isUse =
    (parent?.type === "MemberExpression" && parent["object"] === node) ||
    (parent?.type === "CallExpression" && parent["callee"] === node) ||
    (parent?.type === "NewExpression" && parent["callee"] === node);
  if (isUse) add(node, `uses ${name}, which is not in every runtime: ${runtimeGlobals[name]}`);
}

/** The content security policy allows neither inline styles nor inline scripts. */
function attribute(node: SyntaxNode, add: Add): void {
  if (node.type !== "JSXAttribute") return;
  const name = attributeName(node["name"]);
  if (name === "style") add(node, "sets style=: write a class, or a data attribute that CSS reads");
  if (/^hx-on\b/.test(name) || /^on[a-z]/i.test(name)) add(node, `sets ${name}=: write a behaviour in public/js`);
  if (name === "dangerouslySetInnerHTML") add(node, `sets ${name}: write elements`);
}

function attributeName(name: unknown): string {
  if (!isNode(name)) return "";
  if (name.type !== "JSXNamespacedName") return String(name["name"]);
  return `${attributeName(name["namespace"])}:${attributeName(name["name"])}`;
}

/** A note that names no issue is never read again. */
export function checkNotes(file: SourceFile): readonly Violation[] {
  const violations: Violation[] = [];
  for (const [index, line] of file.text.split("\n").entries()) {
    const note = /(?:\/\/|\/\*|^\s*\*|--|#|<!--).*\b(TODO|FIXME|XXX|HACK)\b(?!\s*\(?#\d)/.exec(line)?.[1];
    if (note !== undefined) {
      violations.push({
        path: file.path,
        line: index + 1,
        message: `has a ${note} without an issue: write ${note}(#12)`,
      });
    }
  }
  return violations;
}
