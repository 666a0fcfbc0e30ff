/** What the lists over all DAGs look like and do in a browser, over the showcase: what only a layout or a script decides. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Served, serve } from "../web/serve.ts";
import { LONG_RUN, makeShowcase } from "../web/showcase.ts";
import { makeWebApp } from "../web/web-app.ts";
import { launchChromium } from "./chromium.ts";

let browser: Browser;
let served: Served;
let page: Page;

beforeAll(async () => {
  const platform = await makeShowcase();
  [browser, served] = await Promise.all([launchChromium(), serve(makeWebApp(platform))]);
}, 60_000);

afterAll(async () => {
  await Promise.all([browser?.close(), served?.close()]);
});

const open = async (path: string, width: number) => {
  page = await (await browser.newContext({ viewport: { width, height: 900 } })).newPage();
  await page.goto(`${served.url}${path}`);
};

afterEach(() => page.context().close());

describe("on a phone", () => {
  test("a DAG is ticked and triggered, and says when it runs", async () => {
    await open("/dags", 360);
    const row = page.locator("tr[data-key=seattle_weather]");
    await row.getByRole("checkbox", { name: "Select seattle_weather" }).check();
    await row.getByText("0 6 * * *").waitFor();
    await row.getByText("in 3 h").waitFor();
    await row.getByRole("link", { name: "Trigger seattle_weather" }).click();
    await page.locator("#dialog[open] h2").getByText("Trigger seattle_weather").waitFor();
  });

  test("a task instance is ticked, and names its run", async () => {
    await open(`/task-instances?run=${encodeURIComponent(LONG_RUN)}`, 360);
    const row = page.locator("tbody tr").first();
    await row.getByRole("checkbox").check();
    await row.getByRole("link", { name: LONG_RUN }).waitFor();
  });

  test.each(["/dags", "/runs", "/task-instances", "/xcoms", "/dags/seattle_weather/runs", "/"])(
    "nothing of %s is wider than the screen",
    async (path) => {
      await open(path, 360);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(360);
    },
  );
});

describe("on a desktop", () => {
  test.each(["/runs", "/"])("a long id of a run is whole on %s while there is room beside it", async (path) => {
    await open(path, 1360);
    const hiddenOf = (selector: string) =>
      page.evaluate(
        `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector("${selector}"))`,
      );
    expect(await hiddenOf(`a[title='${LONG_RUN}']`)).toBe(0);
  });
});
