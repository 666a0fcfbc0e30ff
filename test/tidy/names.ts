/** Where files may lie and what they may be called. */
import type { Violation } from "./source-tree.ts";

const topLevel = [
  ".ci",
  ".gitignore",
  ".npmrc",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "LICENSE",
  "README.md",
  "biome.json",
  "dags",
  "migrations",
  "package-lock.json",
  "package.json",
  "public",
  "src",
  "test",
  "tsconfig.json",
  "vitest.config.ts",
  "workers",
  "wrangler.toml",
];

// If no noun fits, the thing is two things.
const empty = ["util", "utils", "helper", "helpers", "common", "misc", "manager", "service", "handler", "data", "info"];

export function checkNames(paths: readonly string[]): readonly Violation[] {
  return paths.flatMap((path) => {
    const message = refusal(path);
    return message === null ? [] : [{ path, line: 1, message }];
  });
}

function refusal(path: string): string | null {
  const [top = "", ...rest] = path.split("/");
  if (!topLevel.includes(top))
    return `"${top}" is new at the top: put it in a folder, or name it in test/tidy/names.ts`;
  for (const part of rest) {
    const [stem = ""] = part.split(".");
    // Files of DAGs carry the id of their DAG, migrations their number, documents stand out.
    const isFree = /^\d{4}_[a-z0-9_]+$/.test(stem) || part.endsWith(".md") || part === "_headers";
    const isDagFile = /^(dags|test\/fixtures)\//.test(path);
    if (isFree || (isDagFile && /^[a-z0-9_-]+$/.test(stem))) continue;
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) return `"${part}" is not kebab-case`;
    if (empty.includes(stem)) return `"${part}" says nothing: name the thing`;
  }
  return null;
}
