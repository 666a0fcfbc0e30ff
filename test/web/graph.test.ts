/** The page of a DAG's graph: what it asks for, which run and version it shows, and how much of a large one. */
import { beforeEach, describe, expect, test } from "vitest";
import { versionDisplays } from "../../src/catalog/sql/version-displays.ts";
import { layOutGraph } from "../../src/web/graph/graph-layout.ts";
import { FIRST_LOOK, MAX_DRAWN, viewOf } from "../../src/web/graph/graph-view.ts";
import { type FakePlatform, makePlatform } from "../api/fake-platform.ts";
import { makeSpec, makeTaskSpec } from "../api/specs.ts";
import { makeDagView } from "../api/world.ts";
import { dagId, makeDag, makeRun, makeTaskInstance, makeVersion, taskId } from "../fixtures/projections.ts";
import { browserOf, tagsOf } from "./browser.ts";
import { makeShowcase } from "./showcase.ts";
import { WAREHOUSE, warehouseRunId } from "./showcase-graphs.ts";
import { makeWebApp } from "./web-app.ts";

const address = `/dags/${WAREHOUSE}/graph`;
const boxesOf = (text: string) => text.match(/class="graph-box/g)?.length ?? 0;
const namesOf = (text: string) => [...text.matchAll(/<text class="name"[^>]*>([^<]*)</g)].map(([, name]) => name);

describe("the graph", () => {
  let platform: FakePlatform;
  let browser: ReturnType<typeof browserOf>;
  beforeEach(async () => {
    platform = await makeShowcase();
    browser = browserOf(makeWebApp(platform));
  });

  test("is three statements in one batch, and 304 while nothing has changed", async () => {
    const batches: number[] = [];
    const read = platform.catalog.read.bind(platform.catalog);
    platform.catalog.read = (statements) => {
      batches.push(statements.length);
      return read(statements);
    };
    const first = await browser.part(address, "dag-graph");
    expect(batches).toEqual([3]);
    const again = await browser.part(address, "dag-graph", { "hx-ptag": first.headers.get("hx-ptag") ?? "" });
    expect(again.status).toBe(304);
  });

  test("shows the latest run, or the one that the address names, on the graph of its version", async () => {
    const latest = await browser.page(address);
    expect(latest.text).toContain("graph-box state-running");
    expect(namesOf(latest.text)).toContain("refresh_search_index");
    const first = await browser.page(`${address}?run=${encodeURIComponent(warehouseRunId(6))}`);
    expect(namesOf(first.text)).not.toContain("refresh_search_index");
    expect(first.text).not.toContain("graph-box state-running");
  });

  test("of a version by itself shows no states", async () => {
    const { text } = await browser.page(`${address}?version=1`);
    expect(namesOf(text)).not.toContain("refresh_search_index");
    expect(text).not.toContain("graph-box state-");
    expect(text).toContain('<text class="note" x="');
  });

  test("tells of each box in full what it is, also where the drawing cuts it", async () => {
    const { text } = await browser.page(`${address}?run=${encodeURIComponent(warehouseRunId(2))}`);
    expect(text).toContain("<title>marts.sales.daily: failed · 6.5 s</title>");
    expect(text).toContain("<title>Close the group marts</title>");
  });

  test("closes groups into one box with the states of all they hold", async () => {
    const { text } = await browser.page(`${address}?groups=closed&run=${encodeURIComponent(warehouseRunId(2))}`);
    expect(boxesOf(text)).toBe(12);
    expect(text).toMatch(/<title>Open the group marts: failed, 4 tasks · failed<\/title>/);
    const part = await browser.page(`${address}?groups=closed&flip=marts`);
    expect(namesOf(part.text)).toEqual(expect.arrayContaining(["extract", "sales", "customers"]));
  });

  test("around a task is found by a part of its name, and names what is not drawn", async () => {
    const { text } = await browser.page(`${address}?focus=QUALITY&depth=1`);
    expect(namesOf(text)?.sort()).toEqual(
      ["alert_the_owner_of_the_data", "by_region", "check_quality", "churn_risk", "publish_dashboards"].sort(),
    );
    expect(text).toContain("<title>Show 1 more behind publish_dashboards</title>");
    expect(boxesOf((await browser.page(`${address}?focus=nobody`)).text)).toBe(23);
  });

  test("has room for the ways to what is not drawn", async () => {
    const { text } = await browser.page(`${address}?focus=check_quality&depth=1`);
    const [, left = 0, , width = 0] = (/viewBox="([-\d]+) (\d+) (\d+)/.exec(text) ?? []).map(Number);
    const places = [...text.matchAll(/class="more".*?<rect class="hit" x="([-\d.]+)".*?width="(\d+)"/g)];
    expect(places.length).toBeGreaterThan(1);
    for (const [, x, size] of places) {
      expect(Number(x)).toBeGreaterThanOrEqual(left);
      expect(Number(x) + Number(size)).toBeLessThanOrEqual(left + width);
    }
  });

  test("is told in rows as well", async () => {
    const { text } = await browser.page(address);
    const table = text.slice(text.indexOf("The same as a table"));
    expect(table).toMatch(/load_partition<\/a><\/td><td>failed<\/td>/);
  });

  test("takes the layout that the build made, and makes one where it did not", async () => {
    const spec = makeSpec("stored", { params: null });
    const layout = layOutGraph(spec, viewOf(spec, FIRST_LOOK), "right");
    const boxes = layout.boxes.map((box) => ({ ...box, label: `stored ${box.id}` }));
    platform.scheduler("stored").view = makeDagView("stored", {});
    await platform.project({
      dag: makeDag({ dagId: "stored" }),
      versions: [makeVersion({ dagId: "stored", specJson: JSON.stringify(spec) })],
    });
    expect(namesOf((await browser.page("/dags/stored/graph")).text)).toEqual(["extract", "load"]);
    const display = JSON.stringify({ v: 1, graph: { ...layout, boxes } });
    await platform.catalog.write([
      versionDisplays.insert({ dagId: dagId("stored"), sourceHash: "source", specHash: "spec", display }),
    ]);
    expect(namesOf((await browser.page("/dags/stored/graph")).text)).toEqual(["stored extract", "stored load"]);
    expect(namesOf((await browser.page("/dags/stored/graph?dir=down")).text)).toEqual(["extract", "load"]);
  });
});

describe("the graph of 1,000 tasks", () => {
  test("shows what is around the first that failed, and a map of all that leads elsewhere", async () => {
    const platform = await makePlatform();
    const tasks = Array.from({ length: 1_000 }, (_, place) =>
      makeTaskSpec(`t${place}`, { upstream: place === 0 ? [] : [taskId(`t${place - 1}`)] }),
    );
    platform.scheduler("large").view = makeDagView("large", {});
    await platform.project({
      dag: makeDag({ dagId: "large" }),
      versions: [makeVersion({ dagId: "large", specJson: JSON.stringify(makeSpec("large", { tasks, groups: [] })) })],
      dagRuns: [makeRun({ dagId: "large", state: "failed", startAt: 1 })],
      taskInstances: [makeTaskInstance({ dagId: "large", taskId: "t700", state: "failed" })],
    });
    const browser = browserOf(makeWebApp(platform));
    const { text } = await browser.page("/dags/large/graph");
    expect(namesOf(text)).toEqual(["t698", "t699", "t700", "t701", "t702"]);
    expect(text).toContain("data-graph-map");
    expect(tagsOf(text).length).toBeLessThan(1_000);
    const near = await browser.page("/dags/large/graph?at=8,8");
    expect(namesOf(near.text)).toEqual(["t0", "t1", "t2"]);
    expect(boxesOf((await browser.page("/dags/large/graph?groups=open")).text)).toBeLessThanOrEqual(MAX_DRAWN);
  });
});
