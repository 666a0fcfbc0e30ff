import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const here = import.meta.dirname;
const numbers = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))];

const stated = [...readFileSync(join(here, "../../src/engine/SPEC.md"), "utf8").matchAll(/^- \*\*([A-Z]+\d+)\*\* /gm)];

it("states each rule of SPEC.md once, in order", () => {
  const ids = stated.map((match) => match[1] ?? "");
  const expected = ids.map((id, at) => {
    const group = id.replace(/\d+$/, "");
    return `${group}${ids.slice(0, at).filter((other) => other.replace(/\d+$/, "") === group).length + 1}`;
  });
  expect(ids).toEqual(expected);
});

it("quotes every rule of SPEC.md in the name of a test, and no other", () => {
  const files = readdirSync(here, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".test.ts"));
  const quoted = files.flatMap((name) => numbers(readFileSync(join(here, name), "utf8"), /"\[([A-Z]+\d+)\] /g));
  expect([...new Set(quoted)].sort()).toEqual(stated.map((match) => match[1]).sort());
});
