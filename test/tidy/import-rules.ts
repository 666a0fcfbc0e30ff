/**
 * Who may import whom: the table of ARCHITECTURE.md as data, and the check of one file against it. A folder may always
 * import from itself. An import that leaves only types behind is judged more mildly, because it is gone at run time.
 */
import { posix } from "node:path";
import { type CodeFile, isNode, lineOf, type SyntaxNode, type Violation, walk } from "./source-tree.ts";

interface Allowance {
  /** Folders of src whose values may be imported. */
  readonly values: readonly string[];
  /** Folders of src of which only types may be imported. */
  readonly types?: readonly string[];
  /** npm packages; a name covers its subpaths. */
  readonly packages?: readonly string[];
}

const ofSource: Readonly<Record<string, Allowance>> = {
  lib: { values: [], packages: ["croner"] },
  dag: { values: ["lib"], packages: ["zod"] },
  engine: { values: ["lib", "dag"], packages: ["croner"] },
  catalog: { values: ["lib", "dag", "platform"], types: ["engine"], packages: ["@libsql/client"] },
  executor: { values: ["lib", "dag", "platform"], types: ["engine"] },
  bundle: { values: ["lib", "dag", "platform"], types: ["engine"] },
  scheduler: { values: ["lib", "dag", "engine", "platform"] },
  limits: { values: ["lib", "engine", "platform"], types: ["dag", "scheduler"] },
  auth: { values: ["lib", "platform", "catalog"], packages: ["hono", "zod"] },
  api: {
    values: ["lib", "dag", "auth", "catalog", "platform"],
    types: ["engine", "scheduler"],
    packages: ["hono", "zod"],
  },
  web: {
    values: ["lib", "dag", "auth", "catalog", "platform"],
    types: ["engine", "scheduler"],
    // `#assets` is generated: the names of the files in public/built, which carry a hash of their content.
    packages: ["hono", "zod", "#assets"],
  },
  // The one file that names the types of all parts.
  platform: { values: [], types: ["lib", "dag", "engine", "catalog", "executor", "bundle", "scheduler", "auth"] },
};

interface Contract {
  readonly values: boolean;
  readonly why: string;
}

/** Files that the parts of src above `dag` meet at, and so may import whatever folder they lie in. */
const contracts: Readonly<Record<string, Contract>> = {
  "src/executor/protocol.ts": {
    values: true,
    why: "what schedulers and executors say to each other, its version and its limits",
  },
  "src/executor/log-lines.ts": {
    values: true,
    why: "what a line of a log is: its levels and pages, for those who show them",
  },
  "src/catalog/port.ts": { values: false, why: "the catalog as its users see it" },
  "src/catalog/projection.ts": { values: false, why: "the rows that schedulers project" },
  "src/engine/limits/occupancy.ts": {
    values: true,
    why: "how slots are counted: the same for those who decide and for those who show it",
  },
  "src/engine/defaults.ts": { values: true, why: "the defaults in force, for the page that shows them" },
  "src/engine/states.ts": { values: true, why: "the lists of states: vocabulary, needed where a request is checked" },
};

export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly offset: number;
}

export function importsOf(file: CodeFile): readonly Import[] {
  const found: Import[] = [];
  walk(file.tree, (node) => {
    const source = isNode(node["source"]) ? node["source"] : isNode(node["argument"]) ? node["argument"] : null;
    const isImport = /^(Import(Declaration|Expression)|Export(Named|All)Declaration|TSImportType)$/.test(node.type);
    if (!isImport || source === null) return;
    const specifier = typeof source["value"] === "string" ? source["value"] : "(computed)";
    found.push({ specifier, typeOnly: leavesOnlyTypes(node), offset: node.start });
  });
  return found;
}

function leavesOnlyTypes(node: SyntaxNode): boolean {
  if (node.type === "TSImportType" || node["importKind"] === "type" || node["exportKind"] === "type") return true;
  const specifiers = Array.isArray(node["specifiers"]) ? node["specifiers"].filter(isNode) : [];
  return (
    specifiers.length > 0 && specifiers.every((one) => one["importKind"] === "type" || one["exportKind"] === "type")
  );
}

export function checkImports(file: CodeFile): readonly Violation[] {
  const violations: Violation[] = [];
  for (const one of importsOf(file)) {
    const message = refusal(file.path, one);
    if (message !== null) violations.push({ path: file.path, line: lineOf(file.text, one.offset), message });
  }
  return violations;
}

function refusal(path: string, { specifier, typeOnly }: Import): string | null {
  const [top, second] = path.split("/");
  if (top === "test" || second === undefined) return null;
  if (specifier === "(computed)") {
    return top === "workers" ? null : "imports a module whose name is computed: write the name";
  }
  const isRelative = specifier.startsWith(".");
  const target = isRelative ? posix.join(posix.dirname(path), specifier) : specifier;
  if (isRelative && !/\.(ts|tsx|mjs|json|css|sql|md)$/.test(specifier)) {
    return `imports "${specifier}": write the ending of the file`;
  }
  if (top === "dags") return refusalInDags(target);
  if (top === "workers") return refusalInWorkers(second, target);
  if (top === "src") return refusalInSource(path, target, { isRelative, typeOnly });
  return null;
}

function refusalInDags(target: string): string | null {
  if (target === "updraft" || target.startsWith("dags/")) return null;
  return `a DAG imports "${target}": import from "updraft" only`;
}

function refusalInWorkers(runtime: string, target: string): string | null {
  if (target.startsWith("workers/") && target.split("/")[1] !== runtime) {
    return `imports "${target}": a runtime's folder never imports another's; move what both need to src`;
  }
  return target.startsWith("test/") ? `imports "${target}": only tests import tests` : null;
}

function folderOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.tsx?$/, "");
}

function refusalInSource(
  path: string,
  target: string,
  { isRelative, typeOnly }: { readonly isRelative: boolean; readonly typeOnly: boolean },
): string | null {
  const from = folderOf(path);
  const allowed = ofSource[from];
  if (allowed === undefined)
    return `src/${from} is not in the import table of test/tidy/import-rules.ts: add it with a reason`;
  if (!isRelative) return refusalOfPackage(from, allowed, target);
  if (!target.startsWith("src/")) return `imports "${target}": src is portable and imports from src only`;
  const to = folderOf(target);
  if (to === from || allowed.values.includes(to)) return null;
  if (typeOnly && allowed.types?.includes(to) === true) return null;
  const contract = from === "lib" || from === "dag" ? undefined : contracts[target];
  if (contract !== undefined && (typeOnly || contract.values)) return null;
  if (allowed.types?.includes(to) === true) return `src/${from} imports values of src/${to}: it may import types only`;
  return `src/${from} imports src/${to}: it may import ${[...allowed.values, "itself"].join(", ")}`;
}

function refusalOfPackage(from: string, allowed: Allowance, target: string): string | null {
  if (/^(node|cloudflare|deno|bun|npm|jsr):/.test(target)) {
    return `imports "${target}": src is portable; put it behind src/platform.ts and implement it in workers/`;
  }
  const isAllowed = allowed.packages?.some((name) => target === name || target.startsWith(`${name}/`)) === true;
  return isAllowed
    ? null
    : `src/${from} imports the package "${target}": it may import ${allowed.packages?.join(", ") ?? "none"}`;
}
