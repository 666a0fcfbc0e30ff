import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readMigrations } from "../fixtures/migrations.ts";

// Read as text: plain Node cannot import SQL.
const list = readFileSync(join(import.meta.dirname, "../../workers/cloudflare/migrations.ts"), "utf8");

test("the Worker brings every migration of the folder, each under its own name, in order", () => {
  const files = new Map<string, string>();
  for (const [, variable = "", file = ""] of list.matchAll(/import (\w+) from "\.\.\/\.\.\/migrations\/(.+)";/g)) {
    files.set(variable, file);
  }
  const listed = [...list.matchAll(/name: "(.+)", sql: (\w+)/g)].map(([, name, variable = ""]) => [
    name,
    files.get(variable),
  ]);
  expect(listed).toEqual(readMigrations().map(({ name }) => [name, name]));
});
