/** Rules of the dashboard's sources that a reader would otherwise have to remember. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const filesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(tsx?|js|css)$/.test(name))
    .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(join(root, folder, name), "utf8") }));

const views = filesIn("src/web");
const scripts = filesIn("public/js");
const styles = filesIn("public/css");

const names = (files: readonly { readonly name: string; readonly text: string }[], pattern: RegExp) =>
  files.filter(({ text }) => pattern.test(text)).map(({ name }) => name);

describe("views", () => {
  test("make markup from strings in the SVG builders only", () => {
    expect(names(views, /from "hono\/html"/)).toEqual(["src/web/svg/markup.ts"]);
    expect(names(views, /svgMarkup\(/).filter((name) => !name.startsWith("src/web/svg/"))).toEqual([]);
    expect(names(views, /dangerouslySetInnerHTML/)).toEqual([]);
  });

  test("use nothing of htmx that needs eval, and no inline style", () => {
    const tsx = views.filter(({ name }) => name.endsWith(".tsx"));
    expect(names(tsx, /hx-on|"js:|\bhx-vals=|\bstyle=/)).toEqual([]);
    expect(names(views, /trigger: "[^"]*\[/)).toEqual([]);
  });

  test("query nothing: only routes and what they read with know the catalog's functions", () => {
    const pages = views.filter(({ name }) => name.endsWith(".tsx") && !/routes\.tsx$/.test(name));
    const querying = pages.filter(({ text }) => /import \{[^}]*\b(readAll|readOne|readTogether)\b/.test(text));
    expect(querying.map(({ name }) => name)).toEqual([]);
  });

  test("take ids from domId() and addresses from paths", () => {
    const pages = views.filter(({ name }) => name.startsWith("src/web/pages/") && name.endsWith("-page.tsx"));
    expect(names(pages, /href="\/dags/)).toEqual([]);
    expect(names(pages, /href=\{`\/dags/)).toEqual([]);
  });
});

describe("behaviours", () => {
  test.each(scripts.map(({ name, text }) => [name, text] as const))(
    "%s has at most 60 lines and says what it is for",
    (_name, text) => {
      expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(60);
      expect(text).toMatch(/^\/\*/);
      expect(text).not.toMatch(/\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write/);
    },
  );
});

describe("styles", () => {
  test("every component stands in its layer, and colours come from tokens", () => {
    for (const { name, text } of styles.filter((file) => file.name.includes("/components/"))) {
      expect(text, name).toMatch(/^(\/\*[\s\S]*?\*\/\s*)?@layer components \{/);
    }
  });
});
