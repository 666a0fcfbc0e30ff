/**
 * What scripts do for forms, over the showcase: the fields and the JSON of a trigger say the same, and a dialog begins at its
 * first field and is not lost by a slip of the pointer. No server of its own is needed for them: the pages are the same.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { runAddress } from "../web/routes-of-showcase.ts";
import { type Served, serve } from "../web/serve.ts";
import { FAILED_RUN, makeShowcase, WEATHER } from "../web/showcase.ts";
import { makeWebApp } from "../web/web-app.ts";
import { launchChromium } from "./chromium.ts";

let browser: Browser;
let served: Served;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [browser, served] = await Promise.all([
    launchChromium(),
    makeShowcase().then((platform) => serve(makeWebApp(platform))),
  ]);
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  await context.addCookies([{ name: "zone", value: "Asia/Tokyo", url: served.url }]);
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
}, 60_000);

afterAll(async () => {
  await Promise.all([browser?.close(), served?.close()]);
});

afterEach(() => expect(complaints.splice(0)).toEqual([]));

describe("the fields and the JSON of a trigger", () => {
  beforeEach(async () => {
    await page.goto(`${served.url}/dags/${WEATHER}/trigger`);
    await page.getByText("The same as JSON").click();
  });

  const json = () => page.locator("[name=conf]");
  const conf = async () => JSON.parse(await json().inputValue());
  const field = (name: string) => page.locator(`#param-${name}`);
  const takesJson = () => page.locator("[name=use_conf]").isChecked();

  test("a change of a field writes the JSON as the form would send it", async () => {
    await field("before").fill("2026-01-31T06:00");
    await field("recipients").fill("");
    await field("station").fill("");
    await field("year").fill("");
    expect(await takesJson()).toBe(false);
    expect(await conf()).toEqual({
      ...{ unit: "celsius", dry_run: false, thresholds: [0, 10, 20], seasons: ["winter", "summer"] },
      ...{ before: "2026-01-30T21:00:00.000Z", recipients: [], station: "" },
    });
  });

  test("a change of the JSON is taken over into fields of every kind", async () => {
    await json().fill(
      JSON.stringify({
        ...{ year: 2013, station: "BFI", unit: "fahrenheit", dry_run: true, thresholds: [1], seasons: ["autumn"] },
        ...{ since: "2026-01-02", before: "2026-07-01T00:30:00Z", recipients: ["a", "b"], preamble: "Hello\nyou" },
      }),
    );
    expect(await takesJson()).toBe(true);
    const values = ["year", "station", "since", "before", "recipients", "preamble"].map((name) =>
      field(name).inputValue(),
    );
    expect(await Promise.all(values)).toEqual(["2013", "BFI", "2026-01-02", "2026-07-01T09:30", "a\nb", "Hello\nyou"]);
    expect(JSON.parse(await field("thresholds").inputValue())).toEqual([1]);
    expect(await field("unit").locator("option:checked").textContent()).toBe("fahrenheit");
    expect(await field("dry__run").isChecked()).toBe(true);
    expect(await page.getByLabel("autumn").isChecked()).toBe(true);
    expect(await page.getByLabel("winter").isChecked()).toBe(false);
  });

  test("what the JSON does not name shows its default, and what no field can hold stays in the JSON", async () => {
    await json().fill(`{"recipients": [], "before": "someday"}`);
    const values = ["year", "station", "recipients", "before"].map((name) => field(name).inputValue());
    expect(await Promise.all(values)).toEqual(["2015", "SEA", "", ""]);
    expect(await page.getByLabel("winter").isChecked()).toBe(true);
    expect(await conf()).toEqual({ recipients: [], before: "someday" });
  });
});

describe("a dialog", () => {
  const dialog = () => page.locator("#dialog[open]");
  const openNote = async () => {
    await page.goto(`${served.url}${runAddress(FAILED_RUN)}`);
    await page.getByRole("link", { name: /note$/ }).first().click();
    await dialog().locator("textarea").waitFor();
  };
  const focused = () => page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()");

  test("begins at its first field, and at the way back where what it does is dangerous", async () => {
    await openNote();
    expect(await focused()).toBe("note");
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Delete", exact: true }).click();
    await dialog().locator("form.form").waitFor();
    expect(await focused()).toBe("Back");
  });

  test("closes by a click beside it, not by a selection that is dragged out of it", async () => {
    await openNote();
    const box = await dialog().locator("textarea").boundingBox();
    await page.mouse.move((box?.x ?? 0) + 20, (box?.y ?? 0) + 10);
    await page.mouse.down();
    await page.mouse.move(5, 5, { steps: 3 });
    await page.mouse.up();
    expect(await dialog().count()).toBe(1);
    await page.mouse.click(5, 5);
    expect(await dialog().count()).toBe(0);
  });

  test("keeps what was typed when somebody clicks beside it", async () => {
    await openNote();
    await page.keyboard.type("the cause was the disk");
    await page.mouse.click(5, 5);
    expect(await dialog().locator("textarea").inputValue()).toContain("the cause was the disk");
    await page.keyboard.press("Escape");
    expect(await dialog().count()).toBe(0);
  });
});
