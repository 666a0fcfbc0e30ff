/**
 * What the views of a DAG do with the keyboard alone, over the showcase: the cursor of the grid, the ways through a graph, the
 * zoom of a Gantt chart. No server of its own is needed for them: the pages are the same.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Served, serve } from "../web/serve.ts";
import { makeShowcase } from "../web/showcase.ts";
import { WAREHOUSE, warehouseRunId } from "../web/showcase-graphs.ts";
import { makeWebApp } from "../web/web-app.ts";
import { launchChromium } from "./chromium.ts";
import { Keyboard } from "./keyboard.ts";

let browser: Browser;
let served: Served;
let keys: Keyboard;

beforeAll(async () => {
  [browser, served] = await Promise.all([
    launchChromium(),
    makeShowcase().then((platform) => serve(makeWebApp(platform))),
  ]);
  keys = await Keyboard.open(await browser.newContext({ viewport: { width: 1360, height: 900 } }));
}, 60_000);

afterAll(async () => {
  await Promise.all([browser?.close(), served?.close()]);
});

afterEach(() => expect(keys.complaints.splice(0)).toEqual([]));

const page = (): Page => keys.page;
const open = (path: string) => page().goto(`${served.url}/dags/${WAREHOUSE}${path}`);
const at = (pattern: RegExp) => page().waitForURL(pattern);

describe("the grid", () => {
  const status = () => page().locator("[data-grid-status]").textContent();
  const cursor = () =>
    page().evaluate(`(() => {
      const box = document.querySelector(".grid-cursor");
      return box && [box.closest(".grid-row").dataset.key, Number(box.getAttribute("x")) / 16];
    })()`);

  test("has a cursor that starts at the latest run, moves by cells and stops at the edges", async () => {
    await open("?runs=5");
    await keys.tabTo(/^Grid of runs and tasks/);
    await keys.press("ArrowDown");
    expect(await cursor()).toEqual(["task create_cluster", 4]);
    expect(await status()).toContain(`create_cluster, ${warehouseRunId(0)}: success`);
    await keys.press("ArrowRight", "ArrowUp");
    expect(await cursor()).toEqual(["task create_cluster", 4]);
    await keys.press("ArrowLeft", "ArrowLeft", "ArrowDown", "ArrowDown");
    expect(await cursor()).toEqual(["task extract.orders", 2]);
    expect(await status()).toContain(`orders, ${warehouseRunId(2)}: success`);
    await keys.press(..."12345".split("").map(() => "ArrowLeft"));
    expect(await cursor()).toEqual(["task extract.orders", 0]);
  });

  test("closes the group under the cursor with space, and the cursor stays", async () => {
    await keys.press("ArrowUp");
    expect(await cursor()).toEqual(["group extract", 0]);
    await keys.press("Space");
    await page().locator(".grid-row[data-key='task extract.orders']").waitFor({ state: "detached" });
    await page().locator(".grid-row[data-key='group extract'] .grid-cursor").waitFor();
    await keys.press("ArrowDown");
    expect(await cursor()).toEqual(["task partitions", 0]);
  });

  test("opens the task instance under the cursor with Enter", async () => {
    await keys.press("ArrowRight", "Enter");
    await at(/\/tasks\/partitions$/);
    expect(decodeURIComponent(page().url())).toContain(warehouseRunId(3));
  });

  test("is narrowed by a name that is typed after a slash", async () => {
    await open("");
    await keys.press("/");
    await keys.type("orders");
    await keys.press("Enter");
    await at(/q=orders/);
    await page().locator(".grid-row[data-key='task notify']").waitFor({ state: "detached" });
    expect(await page().locator(".grid-row[data-key^=task]").count()).toBe(2);
  });
});

describe("a click on a cell of the grid", () => {
  const address = `/dags/${WAREHOUSE}/runs/${encodeURIComponent(warehouseRunId(0))}/tasks/create_cluster`;
  const position = { x: 4.5 * 16, y: 8 };
  let pointed: Page;

  beforeEach(async () => {
    pointed = await browser.newPage();
    await pointed.goto(`${served.url}/dags/${WAREHOUSE}?runs=5`);
  });
  afterEach(() => pointed.close());
  const cell = () => pointed.locator(".grid-row[data-key='task create_cluster'] [data-cells]");

  test.each([
    ["with Control", { position, modifiers: ["Control" as const] }],
    ["with the middle button", { position, button: "middle" as const }],
  ])("%s opens a tab of its own", async (_how, options) => {
    const opened = pointed.context().waitForEvent("page");
    await cell().click(options);
    const other = await opened;
    await other.waitForURL(`**${address}`);
    await other.close();
    expect(pointed.url()).toContain("?runs=5");
  });

  test("goes there", async () => {
    await cell().click({ position });
    await pointed.waitForURL(`**${address}`);
    expect(await pointed.locator("h1").textContent()).toContain("create_cluster");
  });
});

describe("the graph", () => {
  const place = () =>
    page().evaluate("[Number(document.activeElement.dataset.x), Number(document.activeElement.dataset.y)]") as Promise<
      readonly [number, number]
    >;
  const width = () =>
    page().evaluate("document.querySelector('svg.graph').getBoundingClientRect().width") as Promise<number>;
  const scrolled = () => page().evaluate("document.querySelector('[data-graph]').scrollLeft") as Promise<number>;

  test("is walked with the arrow keys, each to what lies nearest in its direction", async () => {
    await open("/graph?groups=closed");
    await keys.tabTo(/^Graph of tasks/);
    await keys.press("ArrowRight");
    const first = await place();
    await keys.press("ArrowRight");
    const second = await place();
    expect(second[0]).toBeGreaterThan(first[0]);
    await keys.press("ArrowDown");
    const third = await place();
    expect(third[1]).toBeGreaterThan(second[1]);
    await keys.press("ArrowUp", "ArrowLeft");
    expect((await place())[0]).toBeLessThan(third[0]);
  });

  test("is made larger and smaller with + and -, and fitted with 0; the address says so", async () => {
    const before = await width();
    await keys.press("+");
    await at(/zoom=125/);
    await expect.poll(width).toBeGreaterThan(before);
    for (let step = 0; step < 2; step += 1) {
      const [large, { href }] = [await width(), new URL(page().url())];
      await keys.press("-");
      await page().waitForURL((url) => url.href !== href);
      await expect.poll(width).toBeLessThan(large);
    }
    await keys.press("0");
    await at(/zoom=fit/);
  });

  test("moves with the keyboard to what lies outside of the pane", async () => {
    await open("/graph?zoom=150");
    await keys.tabTo(/^Graph of tasks/);
    const before = await scrolled();
    for (let step = 0; step < 12; step += 1) await keys.press("ArrowRight");
    expect(await scrolled()).toBeGreaterThan(before);
  });

  test("opens a group, and a task of the run, with Enter; shows the surroundings of one that is typed", async () => {
    await open("/graph?groups=closed");
    await keys.tabTo(/^Open the group extract/);
    await keys.press("Enter");
    await at(/flip=extract/);
    await keys.tabTo(/^Close the group extract/);
    await keys.press("/");
    await keys.type("check_quality");
    await keys.press("Enter");
    await at(/focus=check_quality/);
    await page().locator(".graph-box.is-focus").waitFor();
    await open("/graph?groups=closed");
    await keys.tabTo(/^create_cluster/);
    await keys.press("Enter");
    await at(/\/tasks\/create_cluster$/);
  });
});

test("a graph is dragged with a pointer, and what is under it is not opened", async () => {
  const other = await browser.newPage({ viewport: { width: 1000, height: 800 } });
  await other.goto(`${served.url}/dags/${WAREHOUSE}/graph?zoom=150`);
  const pane = other.locator("[data-graph]");
  const left = () => other.evaluate("document.querySelector('[data-graph]').scrollLeft") as Promise<number>;
  await pane.scrollIntoViewIfNeeded();
  const box = await pane.boundingBox();
  if (box === null) throw new Error("The graph has no box");
  const before = await left();
  await other.mouse.move(box.x + box.width - 30, box.y + box.height - 30);
  await other.mouse.down();
  await other.mouse.move(box.x + box.width - 230, box.y + box.height - 30, { steps: 4 });
  await other.mouse.up();
  expect(await left()).toBe(before + 200);
  expect(new URL(other.url()).pathname).toBe(`/dags/${WAREHOUSE}/graph`);
  await other.close();
});

describe("the Gantt chart", () => {
  const rows = () => page().locator("tr[data-key]").count();

  test("is zoomed with + and -, moved with [ and ], and whole again with 0", async () => {
    await open(`/gantt?run=${encodeURIComponent(warehouseRunId(6))}`);
    const whole = await rows();
    await keys.press("+");
    await at(/from=\d+/);
    await expect.poll(rows).toBeLessThan(whole);
    const half = page().url();
    await keys.press("+");
    await page().waitForURL((url) => url.href !== half && url.searchParams.has("from"));
    const middle = page().url();
    await keys.press("]");
    await page().waitForURL((url) => url.href !== middle);
    await keys.press("[");
    await page().waitForURL(middle);
    await keys.press("-");
    await page().waitForURL(half);
    await keys.press("0");
    await page().waitForURL((url) => !url.searchParams.has("from"));
    await expect.poll(rows).toBe(whole);
  });

  test("leads to a task with j and Enter", async () => {
    await keys.press("j", "j", "Enter");
    await at(/\/tasks\//);
  });
});
