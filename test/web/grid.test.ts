/** The grid of a DAG: its window of runs, its groups, its versions, and what it asks of the catalog. */
import { beforeAll, describe, expect, test } from "vitest";
import type { Statement } from "../../src/catalog/port.ts";
import { planRows, sightOf } from "../../src/web/pages/dag/grid-rows.ts";
import { type FakePlatform, makePlatform } from "../api/fake-platform.ts";
import { makeSpec, makeTaskSpec } from "../api/specs.ts";
import { makeDagView } from "../api/world.ts";
import { makeDag, makeRun, makeTaskInstance, makeVersion } from "../fixtures/projections.ts";
import { browserOf, tagsOf } from "./browser.ts";
import { makeShowcase } from "./showcase.ts";
import { WAREHOUSE, warehouseRunId } from "./showcase-graphs.ts";
import { makeWebApp } from "./web-app.ts";

const address = `/dags/${WAREHOUSE}`;

/** What the pages ask the catalog, one list of statements per batch. */
function listen(platform: FakePlatform): (readonly Statement[])[] {
  const batches: (readonly Statement[])[] = [];
  const read = platform.catalog.read.bind(platform.catalog);
  platform.catalog.read = (statements) => {
    batches.push(statements);
    return read(statements);
  };
  return batches;
}

const runsOf = (text: string): readonly string[] =>
  JSON.parse((/data-runs="([^"]*)"/.exec(text)?.[1] ?? "[]").replaceAll("&quot;", '"'));

describe("the grid", () => {
  let platform: FakePlatform;
  let browser: ReturnType<typeof browserOf>;
  beforeAll(async () => {
    platform = await makeShowcase();
    browser = browserOf(makeWebApp(platform));
  });

  test("is two statements in one batch, and of a large DAG one more for the rows in sight", async () => {
    const batches = listen(platform);
    await browser.page(address);
    expect(batches.map((batch) => batch.length)).toEqual([2]);
  });

  test("shows a window of runs that the address says, and goes back from it", async () => {
    const { text } = await browser.page(`${address}?runs=5`);
    expect(runsOf(text)).toEqual([4, 3, 2, 1, 0].map(warehouseRunId));
    const older = tagsOf(text).find(({ attributes }) => attributes["href"]?.includes("before="))?.attributes["href"];
    const before = await browser.page((older ?? "").replaceAll("&amp;", "&"));
    expect(runsOf(before.text)).toEqual([7, 6, 5].map(warehouseRunId));
    expect(before.text).toContain("Latest");
  });

  test("narrows the runs by state and type, and says so when none is left", async () => {
    expect(runsOf((await browser.page(`${address}?state=failed`)).text)).toEqual([warehouseRunId(2)]);
    expect((await browser.page(`${address}?type=backfill`)).text).toContain("No run is like that");
    expect(runsOf((await browser.page(`${address}?state=nonsense&runs=7`)).text)).toHaveLength(8);
  });

  const tasksOf = (text: string) =>
    tagsOf(text).flatMap(({ attributes }) => attributes["data-key"]?.match(/^task (.*)/)?.[1] ?? []);

  test("narrows the tasks by a part of their name, under their groups, with what is chosen in the address", async () => {
    const { text } = await browser.part(`${address}?q=ORDERS&runs=5`, "dag-grid");
    expect(tasksOf(text)).toEqual(["extract.orders", "staging.orders"]);
    expect(text).toContain('data-key="group staging"');
    expect(text).not.toContain('data-key="group marts"');
    const older = tagsOf(text).find(({ attributes }) => attributes["href"]?.includes("before="))?.attributes["href"];
    expect(older).toContain("q=ORDERS");
    expect((await browser.page(`${address}?q=nothing-is-called-so`)).text).toContain("No task is like that");
  });

  test("narrows the tasks to those in a state in one of the runs shown", async () => {
    const failed = await browser.page(`${address}?task_state=failed`);
    expect(tasksOf(failed.text)).toEqual(["load_partition", "marts.sales.daily"]);
    const both = await browser.page(`${address}?task_state=failed&q=daily`);
    expect(tasksOf(both.text)).toEqual(["marts.sales.daily"]);
    // The run in which it failed is the third latest; older columns do not hold it.
    const older = `${address}?runs=5&task_state=failed&before=${encodeURIComponent("1~x")}`;
    expect(tasksOf((await browser.page(older)).text)).toEqual([]);
  });

  test("closes one group by a link that keeps the rest of the view", async () => {
    const { text } = await browser.page(`${address}?runs=5`);
    const fold = tagsOf(text).find(({ attributes }) => attributes["href"]?.includes("flip=staging"));
    expect(fold?.attributes["href"]).toContain("runs=5");
    expect(fold?.attributes["aria-expanded"]).toBe("true");
    const closed = await browser.page(`${address}?flip=staging`);
    expect(closed.text).not.toContain('data-key="task staging.orders"');
    expect(closed.text).toContain('data-key="task extract.orders"');
    const inverse = await browser.page(`${address}?groups=closed&flip=staging`);
    expect(inverse.text).toContain('data-key="task staging.orders"');
    expect(inverse.text).not.toContain('data-key="task extract.orders"');
  });

  test("marks where the version changed, and tells how many instances a mapped task has", async () => {
    const { text } = await browser.page(address);
    expect(text.match(/class="version"/g)).toHaveLength(1);
    expect(text).toMatch(/class="version"[^>]*>.*?>v2</);
    expect(text).toMatch(/load_partition<span class="muted"> \[6\]/);
  });

  test("is a table of words for who asks", async () => {
    const { text } = await browser.page(`${address}?view=table`);
    expect(text).toContain('<th scope="row" class="plain">load_partition</th>');
    expect(text).toMatch(/failed × 6/);
  });

  test("names its columns, so that a new run is not put under a pointer", async () => {
    const { text } = await browser.page(`${address}?runs=5`);
    const keys = tagsOf(text).flatMap(({ attributes }) => attributes["data-key"] ?? []);
    expect(keys.slice(0, 6)).toEqual([
      ...[4, 3, 2, 1, 0].map((age) => `run ${warehouseRunId(age)}`),
      "task create_cluster",
    ]);
  });

  test("answers a poll with 304 while nothing has changed", async () => {
    const first = await browser.part(address, "dag-grid");
    const tag = first.headers.get("hx-ptag") ?? "";
    expect(tag).not.toBe("");
    expect((await browser.part(address, "dag-grid", { "hx-ptag": tag })).status).toBe(304);
  });
});

describe("the grid of a DAG of 1,200 tasks", () => {
  let platform: FakePlatform;
  let browser: ReturnType<typeof browserOf>;
  beforeAll(async () => {
    platform = await makePlatform();
    const tasks = Array.from({ length: 1_200 }, (_, place) =>
      makeTaskSpec(`t${place}`, { groupId: place < 900 ? "many" : null }),
    );
    const spec = makeSpec("large", { tasks, groups: [{ groupId: "many", parentId: null, label: "many" }] });
    platform.scheduler("large").view = makeDagView("large", {});
    await platform.project({
      dag: makeDag({ dagId: "large" }),
      versions: [makeVersion({ dagId: "large", specJson: JSON.stringify(spec) })],
      dagRuns: [makeRun({ dagId: "large", state: "failed", startAt: 1 })],
      taskInstances: tasks.map(({ taskId }, place) =>
        makeTaskInstance({ dagId: "large", taskId, state: place === 899 ? "failed" : "success" }),
      ),
    });
    browser = browserOf(makeWebApp(platform));
  });

  test("begins with its groups closed, each with the state of all it holds", async () => {
    const batches = listen(platform);
    const { text } = await browser.page("/dags/large");
    expect(batches.map((batch) => batch.length)).toEqual([2, 1]);
    expect(text).toMatch(/data-label="many" data-cells="k"/);
    expect(text).toContain("1–250 of 301");
    // Of all tasks, whatever is in sight.
    expect(text).toMatch(/1,199|1199/);
  });

  test("finds the tasks of a state in two batches, whatever the groups", async () => {
    const batches = listen(platform);
    const { text } = await browser.page("/dags/large?task_state=failed");
    expect(batches.map((batch) => batch.length)).toEqual([2, 1]);
    expect(text.match(/data-key="task [^"]*"/g)).toEqual(['data-key="task t899"']);
    batches.length = 0;
    const named = await browser.page("/dags/large?q=t11");
    expect(batches.map((batch) => batch.length)).toEqual([2]);
    expect(named.text.match(/data-key="task t11\d*"/g)).toHaveLength(111);
  });

  test("asks once when the graph is known, and shows the same", async () => {
    const first = await browser.page("/dags/large?groups=open");
    const batches = listen(platform);
    const again = await browser.page("/dags/large?groups=open");
    expect(batches.map((batch) => batch.length)).toEqual([2]);
    expect(again.text).toBe(first.text);
  });

  test("shows 250 rows at a time, whatever the address says", async () => {
    const { text } = await browser.page("/dags/large?groups=open&from=1000");
    expect(text.match(/class="grid-row" data-key=/g)).toHaveLength(201);
    expect(text).toContain("1001–1201 of 1201");
    expect(
      (await browser.page("/dags/large?groups=open&from=99999")).text.match(/class="grid-row" data-key=/g),
    ).toHaveLength(250);
  });
});

describe("closed groups", () => {
  /** Whose tasks carry its name, as `dag()` makes them, and one whose tasks do not. */
  const groups = ["a", "a.b", "c"].map((groupId) => ({
    groupId,
    parentId: groupId === "a.b" ? "a" : null,
    label: groupId,
  }));
  const tasks = [
    ...["a.x", "a.y"].map((id) => makeTaskSpec(id, { groupId: "a" })),
    ...["a.b.x", "a.b.y"].map((id) => makeTaskSpec(id, { groupId: "a.b" })),
    ...["c.x", "other"].map((id) => makeTaskSpec(id, { groupId: "c" })),
    ...["c.stray", "ab"].map((id) => makeTaskSpec(id)),
  ];
  const spec = makeSpec("grouped", { tasks, groups });
  const plan = (open: readonly string[]) => planRows(spec, (id) => open.includes(id));

  test("are asked for by the beginning of their ids where that is all of them and no others", () => {
    expect(sightOf(spec, plan([]))).toEqual({ taskIds: ["c.x", "other", "c.stray", "ab"], prefixes: ["a."] });
    expect(sightOf(spec, plan(["a"])).prefixes).toEqual(["a.b."]);
  });

  test("show the state that matters most, asked for one way or the other", async () => {
    const platform = await makePlatform();
    platform.scheduler("grouped").view = makeDagView("grouped", {});
    await platform.project({
      dag: makeDag({ dagId: "grouped" }),
      versions: [makeVersion({ dagId: "grouped", specJson: JSON.stringify(spec), version: 77 })],
      dagRuns: [makeRun({ dagId: "grouped", state: "failed", startAt: 1 })],
      taskInstances: tasks.map(({ taskId }) =>
        makeTaskInstance({
          dagId: "grouped",
          taskId,
          state: /^(a\.b\.y|c\.stray)$/.test(taskId) ? "failed" : "success",
        }),
      ),
    });
    const { page } = browserOf(makeWebApp(platform));
    const cells = (text: string) =>
      [...text.matchAll(/data-label="([\w.]+)"[^>]*data-cells="(\w)"/g)].map((found) => found.slice(1));
    const first = cells((await page("/dags/grouped?groups=closed")).text);
    const again = cells((await page("/dags/grouped?groups=closed")).text);
    const failed = cells((await page("/dags/grouped")).text).find(([label]) => label === "stray")?.[1];
    expect(first.map(([label]) => label)).toEqual(["a", "c", "stray", "ab"]);
    expect(first.map(([, cell]) => cell === failed)).toEqual([true, false, true, false]);
    expect(again).toEqual(first);
  });
});
