/** What the lists over all DAGs look like and do in a browser, over the showcase: what only a layout or a script decides. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RunId } from "../../src/dag/ids.ts";
import type { FakePlatform } from "../api/fake-platform.ts";
import { type Served, serve } from "../web/serve.ts";
import { LIVE_RUN, LONG_RUN, makeShowcase, NOW, WEATHER } from "../web/showcase.ts";
import { makeWebApp } from "../web/web-app.ts";
import { launchChromium } from "./chromium.ts";

let platform: FakePlatform;
let browser: Browser;
let served: Served;
let page: Page;

beforeAll(async () => {
  platform = await makeShowcase();
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

  test("the use of a pool is told in words that nothing cuts", async () => {
    await open("/", 360);
    const words = await page.getByText("4 of 4 used").boundingBox();
    expect((words?.x ?? 0) + (words?.width ?? 0)).toBeLessThanOrEqual(340);
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
  const live = () => page.locator("[data-live-toggle]");
  const box = (name: string) => page.getByRole("checkbox", { name: `Select ${name}` });

  test("how many rows are ticked follows how many there are, where that is said", async () => {
    await open("/runs", 1360);
    await box(`seattle_weather/${LIVE_RUN}`).check();
    await page
      .getByRole("status")
      .getByText(/^1 selected$/)
      .waitFor();
    await page.goto(`${served.url}/dags`);
    await box("earthquakes").check();
    await page.getByText(/^10 DAGs, 1 selected$/).waitFor();
  });

  test("a date that cannot be read is mended in its field, which is not marked any more", async () => {
    await open("/runs?from=soon", 1360);
    const field = page.locator(".filters [name=from]");
    await page.locator("#bounds-misread").waitFor();
    await field.fill("2026-11-22 11:23");
    await field.press("Enter");
    await page.locator("#bounds-misread").waitFor({ state: "detached" });
    await page.waitForURL(/from=2026-11-22/);
    expect(await field.getAttribute("aria-invalid")).toBeNull();
  });

  test("news wait while a row is ticked, which is said, and come in when none is", async () => {
    await open("/runs", 1360);
    const ofRun = page.locator(`tr[data-key='seattle_weather/${LIVE_RUN}']`);
    await ofRun.getByRole("checkbox").check();
    expect(await live().textContent()).toBe("Live");
    const run = platform.scheduler(WEATHER).runs.get(LIVE_RUN);
    if (run) await platform.project({ dagRuns: [{ ...run, state: "failed", endAt: NOW, version: run.version + 1 }] });
    await live().getByText("News wait").waitFor();
    expect(await live().getAttribute("title")).toContain("ticked");
    expect(await ofRun.getByText("running").count()).toBe(1);
    await ofRun.getByRole("checkbox").uncheck();
    await ofRun.getByText("failed").waitFor();
    await live().getByText("Live").waitFor();
    expect(await live().getAttribute("title")).toBe("");
  });

  test("news that would move rows wait while the pointer is among them", async () => {
    await open("/runs", 1360);
    await page.locator("tbody tr").nth(3).hover();
    const run = platform.scheduler(WEATHER).runs.get(LIVE_RUN);
    const runId = "manual__2026-11-22T11:24:00+00:00" as RunId;
    if (run) await platform.project({ dagRuns: [{ ...run, runId, runAfterAt: NOW, startAt: NOW }] });
    await live().getByText("News wait").waitFor();
    expect(await page.getByText(runId).count()).toBe(0);
    await page.mouse.move(0, 0);
    await page.getByText(runId).waitFor();
    await live().getByText("Live").waitFor();
  });

  test.each(["/runs", "/"])("a long id of a run is whole on %s while there is room beside it", async (path) => {
    await open(path, 1360);
    const hiddenOf = (selector: string) =>
      page.evaluate(
        `(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector("${selector}"))`,
      );
    expect(await hiddenOf(`a[title='${LONG_RUN}']`)).toBe(0);
  });
});
