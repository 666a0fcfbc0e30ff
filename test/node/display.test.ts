/** What the build makes of a version for pages: plain text and numbers, whatever the author wrote. */
import { describe, expect, test } from "vitest";
import { codeLines, WORD_KINDS } from "../../src/web/code-spans.ts";
import { readDisplay } from "../../src/web/display.ts";
import { isSafeHref } from "../../src/web/docs.ts";
import { makeDisplay, readDocs, spansOf } from "../../workers/node/manifest-display.ts";
import { makeTaskSpec } from "../api/specs.ts";
import { warehouseSpec } from "../web/showcase-graphs.ts";

const SOURCE = `// <script>alert("&amp;")</script>
const a: string = \`x \${1 + 2} & "quoted" 'text'\`;
/* two
   lines */
export async function run() { return /re<g>ex/.test(a) ? null : 0x1f; }
`;

describe("source in colours", () => {
  const words = codeLines(SOURCE, spansOf(SOURCE));

  test("is the source, letter by letter, line by line", () => {
    expect(words.map((line) => line.map(({ text }) => text).join("")).join("\n")).toBe(SOURCE);
  });

  test("knows keywords, strings, numbers and comments", () => {
    const kindOf = (wanted: string) => words.flat().find(({ text }) => text === wanted)?.kind;
    expect([kindOf("const"), kindOf("null"), kindOf("0x1f"), kindOf("   lines */")]).toEqual([
      "keyword",
      "literal",
      "number",
      "comment",
    ]);
  });

  test.each([[[0, 1_000_000, 0]], [[-5, 3, 0]], [[0, 5, 99]], [[Number.NaN, 1, 1]], [[0]]])(
    "spans that do not fit (%j) leave the text whole",
    (spans) => {
      expect(
        codeLines(SOURCE, spans)
          .map((line) => line.map(({ text }) => text).join(""))
          .join("\n"),
      ).toBe(SOURCE);
    },
  );

  test("the kinds keep their places, which stored rows refer to", () => {
    expect(WORD_KINDS.slice(0, 4)).toEqual(["keyword", "string", "number", "comment"]);
  });
});

describe("docs", () => {
  test("become paragraphs, lists, tables and links", () => {
    const blocks = readDocs(warehouseSpec().docs ?? "");
    expect(blocks.map(({ t }) => t)).toEqual(["h", "p", "h", "ol", "table", "q", "p"]);
    expect(JSON.stringify(blocks)).toContain('"href":"https://example.org/runbooks/warehouse"');
  });

  test("HTML stays text, and no link leads anywhere but to pages and mail", () => {
    const text = JSON.stringify(
      readDocs(
        '<img src=x onerror="alert(1)">\n\n[a](javascript:alert(1)) [b](data:text/html,x) ![c](https://x/y.png)',
      ),
    );
    expect(text).not.toContain('"t":"a"');
    expect(text).toContain("<img src=x");
    expect(text).not.toContain("y.png");
  });

  test.each([
    ["https://example.org/a?b=c#d", true],
    ["/dags/x", true],
    ["#when", true],
    ["mailto:ada@example.org", true],
    ["javascript:alert(1)", false],
    ["JaVaScRiPt:alert(1)", false],
    ["java\tscript:alert(1)", false],
    ["\u0001https://example.org", false],
    ["//example.org", false],
    ["/\\example.org", false],
    ["data:text/html,x", false],
  ])("%j as a link: %s", (href, isSafe) => {
    expect(isSafeHref(href)).toBe(isSafe);
  });
});

describe("makeDisplay()", () => {
  test("holds the layout of the graph, the docs and the words of the source", () => {
    const display = readDisplay(makeDisplay(warehouseSpec(), SOURCE));
    expect(display?.graph?.boxes).toHaveLength(28);
    expect(display?.docs).toBeDefined();
    expect(display?.code?.length).toBeGreaterThan(9);
  });

  test("holds a map instead of boxes where there are too many, and stays within a row of the catalog", () => {
    const tasks = Array.from({ length: 5_000 }, (_, place) => makeTaskSpec(`task_${place}`));
    const text = makeDisplay({ ...warehouseSpec(), tasks, groups: [] }, "x = 1;\n".repeat(60_000));
    const display = readDisplay(text);
    expect(text.length).toBeLessThan(900_000);
    expect([display?.graph, display?.code]).toEqual([undefined, undefined]);
    expect(display?.map?.points).toHaveLength(10_000);
  });

  test("what another release stored is not read", () => {
    expect([readDisplay('{"v":2}'), readDisplay("no json"), readDisplay("null"), readDisplay(null)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
