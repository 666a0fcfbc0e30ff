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

  test("is shown on the reader's clock, whatever offset the address names", async () => {
    const { text } = await browser.page("/runs?from=2026-11-22T06:00Z", { cookie: "zone=Asia/Tokyo" });
    expect(fieldOf(text, "from")?.["value"]).toBe("2026-11-22T15:00");
    expect(text).not.toContain('id="bounds-misread"');
  });
});
