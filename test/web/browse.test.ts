/** The lists of all DAGs: what narrows them stands in the address, as a field and as a chip that takes it off. */
import { beforeAll, describe, expect, test } from "vitest";
import { browserOf, from, tagsOf } from "./browser.ts";
import { FAILED_RUN, LIVE_RUN, makeShowcase, WEATHER } from "./showcase.ts";
import { makeWebApp } from "./web-app.ts";

let browser: ReturnType<typeof browserOf>;
beforeAll(async () => {
  browser = browserOf(makeWebApp(await makeShowcase()));
});

const keysOf = (text: string) =>
  tagsOf(text).flatMap(({ name, attributes }) => (name === "tr" ? (attributes["data-key"] ?? []) : []));
const chipsOf = (text: string) => text.match(/title="Remove this filter"/g)?.length ?? 0;
const fieldOf = (text: string, name: string) =>
  tagsOf(text).find((tag) => tag.name === "input" && tag.attributes["name"] === name)?.attributes;

describe("a filter", () => {
  const live = encodeURIComponent(LIVE_RUN);

  test.each([
    ["/runs", "dag", WEATHER, `${WEATHER}/`],
    ["/task-instances", "dag", WEATHER, `${WEATHER}/`],
    ["/task-instances", "run", FAILED_RUN, `/${FAILED_RUN}/`],
    ["/task-instances", "run", "MANUAL__", "/manual__"],
    ["/xcoms", "dag", WEATHER, `${WEATHER}/`],
  ])("of %s by %s is a field, a chip, and a list of those alone", async (path, name, value, part) => {
    expect(fieldOf((await browser.page(path)).text, name)).toMatchObject({ value: "" });
    const { text } = await browser.page(`${path}?${name}=${encodeURIComponent(value)}`);
    expect(fieldOf(text, name)).toMatchObject({ value });
    expect(chipsOf(text)).toBe(1);
    expect(keysOf(text).length).toBeGreaterThan(0);
    expect(keysOf(text).every((key) => key.includes(part))).toBe(true);
  });

  test("by pool finds those of that pool, and goes along with what is done to all that match", async () => {
    const { text } = await browser.page(`/task-instances?pool=default_pool&run=${live}`);
    expect(keysOf(text).length).toBeGreaterThan(0);
    expect(keysOf((await browser.page("/task-instances?pool=nobody")).text)).toEqual([]);
    const hidden = tagsOf(from(text, "task-instances-batch")).filter(
      ({ attributes }) => attributes["type"] === "hidden",
    );
    expect(hidden.map(({ attributes }) => [attributes["name"], attributes["value"]])).toEqual([
      ["run", LIVE_RUN],
      ["pool", "default_pool"],
    ]);
  });

  test("by id suggests those of the rows that are shown", async () => {
    const { text } = await browser.page("/runs?q=seattle");
    expect(fieldOf(text, "dag")?.["list"]).toBe("known-dag");
    expect(from(text, "known-dag")).toMatch(
      new RegExp(`^id="known-dag"><option value="${WEATHER}"/?>(</option>)?</datalist>`),
    );
  });
});

test("an XCom names its run", async () => {
  const { text } = await browser.page("/xcoms");
  expect(text).toContain(`title="${FAILED_RUN}">${FAILED_RUN}</a>`);
});

describe("a bound of time", () => {
  test.each(["/runs", "/task-instances", "/xcoms", "/audit-log"])("of %s that is no date is told", async (path) => {
    const { text } = await browser.page(`${path}?from=garbage&to=2026-11-30`);
    expect(chipsOf(text)).toBe(1);
    expect(fieldOf(text, "from")).toMatchObject({
      "aria-invalid": "true",
      "aria-describedby": "bounds-misread",
      value: "garbage",
    });
    expect(from(text, "bounds-misread")).toMatch(/“from garbage” is no date.*2026-11-22 06:00/s);
    expect(fieldOf(text, "to")?.["aria-invalid"]).toBeUndefined();
  });

  test.each(["/runs", "/task-instances", "/xcoms", "/audit-log", `/dags/${WEATHER}/runs`, "/"])(
    "of %s has the reader's zone beside it, to be seen",
    async (path) => {
      const { text } = await browser.page(path, { cookie: "zone=Asia/Tokyo" });
      expect(text).toContain('<span class="small muted">Asia/Tokyo</span></span>');
    },
  );

  test("is shown on the reader's clock, whatever offset the address names", async () => {
    const { text } = await browser.page("/runs?from=2026-11-22T06:00Z", { cookie: "zone=Asia/Tokyo" });
    expect(fieldOf(text, "from")?.["value"]).toBe("2026-11-22T15:00");
    expect(text).not.toContain('id="bounds-misread"');
  });
});

test("the heads of the list of DAGs say what they sort by, before they are used", async () => {
  const { text } = await browser.page("/dags");
  const heads = tagsOf(text).filter(({ attributes }) => attributes["class"] === "sort");
  expect(heads.map(({ attributes }) => attributes["title"])).toEqual([
    "Sort by the name of the DAG",
    "Sort by when the next run is due",
    "Sort by when the latest run was due",
    "Sort by the state of the latest run",
  ]);
  expect([...text.matchAll(/aria-hidden="true">([↑↓↕])</g)].map(([, sign]) => sign)).toEqual(["↑", "↕", "↕", "↕"]);
});

test("the history of the start page says when a run counts", async () => {
  expect((await browser.page("/")).text).toContain("64 runs, by the time they were due");
});
