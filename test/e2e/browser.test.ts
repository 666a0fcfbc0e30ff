/** A person at a browser: signs in, triggers a run, watches it end without reloading, reads its log. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "./api.ts";
import { launchChromium } from "./chromium.ts";
import { Project } from "./project.ts";
import { Updraft } from "./updraft.ts";

let project: Project;
let updraft: Updraft;
let browser: Browser;
let page: Page;
/** What the browser complained of, such as a script that the content security policy refused. */
const complaints: string[] = [];

beforeAll(async () => {
  project = new Project({ withExamples: true });
  [updraft, browser] = await Promise.all([Updraft.start(project), launchChromium()]);
  page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await updraft?.stop();
  project?.remove();
});

test("signs in with what npm start printed", async () => {
  await page.goto(`${updraft.url}/dags`);
  expect(new URL(page.url()).pathname).toBe("/login");
  await page.fill("[name=username]", "admin");
  await page.fill("[name=password]", updraft.password);
  await page.click("button[type=submit]");
  await page.waitForURL(`${updraft.url}/dags`);
  const names = await page.locator("a.name").allTextContents();
  expect(names.map((name) => name.trim())).toEqual(expect.arrayContaining(["seattle_weather", "hello_cron"]));
});

test("triggers seattle_weather and sees it succeed without a reload", async () => {
  await page.goto(`${updraft.url}/dags/seattle_weather`);
  await page.getByRole("link", { name: "Trigger", exact: true }).click();
  await page.getByRole("button", { name: /trigger/i }).click();
  await page.waitForURL(/\/runs\//);
  await page.evaluate(`document.documentElement.setAttribute("data-not-reloaded", "")`);
  await page.getByText("success").first().waitFor({ timeout: 20_000 });
  expect(await page.locator("html[data-not-reloaded]").count()).toBe(1);
});

test("reads the log of its last task", async () => {
  await page.getByRole("link", { name: "report" }).first().click();
  await page.getByText("Seattle, 2012–2015").first().waitFor({ timeout: 20_000 });
});

test("finds a DAG that broke on the page of import errors", async () => {
  project.writeDag("broken.ts", `throw new Error("no luck today");`);
  const errors = async () => (await updraft.api.read("/api/v2/importErrors"))["total_entries"];
  await until("the import error", 60_000, errors, (count) => count === 1);
  await page.goto(`${updraft.url}/import-errors`);
  await page.getByText("no luck today").first().waitFor({ timeout: 10_000 });
});

test("has heard no complaint of the browser", () => {
  expect(complaints).toEqual([]);
});
