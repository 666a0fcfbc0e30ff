/** The pages of a run: its tasks, its verbs, another run beside it, and its tries over time. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Statement } from "../../src/catalog/port.ts";
import type { TrySpan } from "../../src/catalog/sql/gantt.ts";
import { ganttRows, totalsOf } from "../../src/web/pages/dag/gantt-rows.ts";
import { ganttSteps, zoomedSpan } from "../../src/web/pages/dag/gantt-zoom.ts";
import { compareConfs } from "../../src/web/pages/runs/compare-runs.ts";
import type { FakePlatform } from "../api/fake-platform.ts";
import { makeRun, makeTaskInstance, taskId } from "../fixtures/projections.ts";
import { browserOf, from, tagsOf } from "./browser.ts";
import { makeShowcase } from "./showcase.ts";
import { WAREHOUSE, warehouseRunId } from "./showcase-graphs.ts";
import { makeWebApp } from "./web-app.ts";

const address = (age: number) => `/dags/${WAREHOUSE}/runs/${encodeURIComponent(warehouseRunId(age))}`;

let platform: FakePlatform;
let browser: ReturnType<typeof browserOf>;
let batches: (readonly Statement[])[];
beforeEach(async () => {
  platform = await makeShowcase();
  browser = browserOf(makeWebApp(platform));
  batches = [];
  const read = platform.catalog.read.bind(platform.catalog);
  platform.catalog.read = (statements) => {
    batches.push(statements);
    return read(statements);
  };
});

const keysOf = (text: string) =>
  tagsOf(from(text, "run-tasks")).flatMap(({ attributes }) => attributes["data-key"] ?? []);

describe("the tasks of a run", () => {
  test("are two statements in one batch, three with the instances of a mapped task", async () => {
    await browser.page(address(0));
    await browser.page(`${address(0)}?open=load_partition`);
    expect(batches.map((batch) => batch.length)).toEqual([2, 3]);
  });

  test("are one row each, a mapped one too, whose instances open by an address", async () => {
    const closed = await browser.page(address(0));
    expect(keysOf(closed.text).filter((key) => key.startsWith("load_partition"))).toEqual(["load_partition/-1"]);
    const open = await browser.page(`${address(0)}?open=load_partition`);
    expect(keysOf(open.text).filter((key) => key.startsWith("load_partition"))).toHaveLength(7);
  });

  test("stand with their failures first once it is over, and narrow to one state", async () => {
    expect(keysOf((await browser.page(address(2))).text)[0]).toBe("marts.sales.daily/-1");
    const { text } = await browser.page(`${address(2)}?state=upstream_failed`);
    expect(keysOf(text)).toHaveLength(5);
    expect((await browser.page(`${address(1)}?state=failed`)).text).toContain("No task is failed");
  });

  test("name their errors above all, with the way to the task", async () => {
    const { text } = await browser.page(address(2));
    expect(text).toContain("One task failed");
    expect(from(text, "run-reason")).toMatch(/marts\.sales\.daily<\/a>\s*Error: Column order_total is missing/);
  });

  test("offer to run again from each of them", async () => {
    const { text } = await browser.page(address(2));
    const link = tagsOf(text).find(({ attributes }) => attributes["aria-label"] === "Run again from marts.sales.daily");
    const form = await browser.page(link?.attributes["href"] ?? "");
    expect(form.text).toMatch(/name="downstream" value="true" checked/);
  });

  test("lead to the run before and after, and say what it usually takes", async () => {
    const { text } = await browser.page(address(2));
    const hrefs = tagsOf(text).flatMap(({ attributes }) =>
      attributes["aria-label"]?.startsWith("Run ") ? (attributes["href"] ?? []) : [],
    );
    expect(hrefs).toEqual(expect.arrayContaining([address(3), address(1)]));
    expect(text).toMatch(/usually 3m \d\ds/);
  });

  test("say that the code changed on the way", async () => {
    await platform.project({
      taskInstances: ["b1", "b2"].map((bundleId, place) =>
        makeTaskInstance({
          dagId: WAREHOUSE,
          runId: warehouseRunId(1),
          taskId: place === 0 ? "notify" : "partitions",
          state: "success",
          bundleId,
          version: 900,
        }),
      ),
    });
    expect((await browser.page(address(1))).text).toContain("more than one build, b1 and b2 among them");
    expect((await browser.page(address(2))).text).not.toContain("The code changed");
  });

  test("of a run that is not in the catalog yet come from its version", async () => {
    const run = makeRun({
      dagId: WAREHOUSE,
      runId: "manual__new",
      state: "running",
      startAt: platform.now,
      versionNumber: 2,
    });
    platform.scheduler(WAREHOUSE).runs.set(run.runId, run);
    const { status, text } = await browser.page(`/dags/${WAREHOUSE}/runs/manual__new`);
    expect(status).toBe(200);
    expect(keysOf(text)).toHaveLength(23);
  });
});

describe("a mapped task without an index", () => {
  const mapped = (age: number) => `${address(age)}/tasks/load_partition`;

  test("is the list of its instances", async () => {
    const { status, headers } = await browser.page(mapped(0));
    expect([status, headers.get("location")]).toEqual([303, `${mapped(0)}/instances`]);
  });

  test("is so for a page that was open before they came to be", async () => {
    const { headers } = await browser.part(mapped(0), "task-instance-header");
    expect(headers.get("hx-redirect")).toBe(`${mapped(0)}/instances`);
  });

  test("is a page of its own while it has none", async () => {
    const { dagId, runId } = makeRun({ dagId: WAREHOUSE, runId: warehouseRunId(0) });
    const { instances } = platform.scheduler(dagId);
    const others = instances.filter((one) => one.runId !== runId || one.taskId !== "load_partition");
    instances.splice(0, instances.length, ...others);
    expect((await browser.page(mapped(0))).status).toBe(200);
  });
});

describe("what can be done with a run", () => {
  test("its note is written and removed", async () => {
    await browser.submit(`${address(2)}/note`, { note: " The source changed. " });
    const { text } = await browser.page(address(2));
    expect(text).toContain("The source changed.");
    expect((await browser.page(`${address(2)}/note`)).text).toContain("The source changed.</textarea>");
    await browser.submit(`${address(2)}/note`, { note: "" });
    expect((await browser.page(address(2))).text).not.toContain("The source changed.");
  });

  test("a note that is too long is refused", async () => {
    expect((await browser.submit(`${address(2)}/note`, { note: "x".repeat(1_001) })).status).toBe(422);
  });

  test("a successful one is marked as failed", async () => {
    const { status, headers } = await browser.submit(`${address(1)}/failure`);
    expect([status, headers.get("location")]).toEqual([303, address(1)]);
    expect(platform.scheduler(WAREHOUSE).runs.get(warehouseRunId(1))?.state).toBe("failed");
  });
});

describe("a run beside another", () => {
  test("is compared with the one before, what differs in its state first", async () => {
    const { text } = await browser.page(`${address(2)}/comparison`);
    const names = [...text.matchAll(/<th scope="row"><span class="clip" title="([^"]*)"/g)].map(([, name]) => name);
    expect(names[0]).toBe("marts.sales.daily");
    expect(names).toHaveLength(23);
    expect(text).toContain("Both runs were given the same");
    expect(batches.flat()).toHaveLength(3);
  });

  test("of another version shows the tasks that only one of them has", async () => {
    const { text } = await browser.page(`${address(2)}/comparison?with=${encodeURIComponent(warehouseRunId(6))}`);
    expect(text).toMatch(/refresh_search_index.*?not in it/s);
  });

  test("that is not there, or is itself, is told", async () => {
    for (const other of ["nobody", warehouseRunId(2)]) {
      const { text } = await browser.page(`${address(2)}/comparison?with=${encodeURIComponent(other)}`);
      expect(text).toContain("No other run to compare with");
    }
    expect((await browser.page(`${address(7)}/comparison`)).text).toContain("No other run to compare with");
  });

  test("differs in the fields of its conf", () => {
    expect(compareConfs({ a: 1, b: { x: 1, y: 2 }, c: 3 }, { a: 1, b: { y: 2, x: 1 }, c: 4, d: null })).toEqual([
      { name: "c", values: ["3", "4"] },
      { name: "d", values: [null, "null"] },
    ]);
    expect(compareConfs([1], {})).toEqual([{ name: "(whole)", values: ["[1]", null] }]);
  });
});

describe("the tries of a run over time", () => {
  const span = (given: Partial<TrySpan>): TrySpan => ({
    taskId: taskId("a"),
    mapIndex: -1,
    instanceName: null,
    tryNumber: 1,
    state: "success",
    queuedAt: 0,
    startAt: 10,
    endAt: 30,
    ...given,
  });

  test("are one row per task instance, and a try that waits for its retry counts once", () => {
    const rows = ganttRows([
      span({ state: "up_for_retry" }),
      span({ state: "failed" }),
      span({ tryNumber: 2, queuedAt: 50, startAt: 60, endAt: null, state: "running" }),
      span({ taskId: taskId("b"), queuedAt: -5, startAt: 0, endAt: 1 }),
    ]);
    expect(rows.map(({ taskId: id, tries }) => [id, tries.map(({ state }) => state)])).toEqual([
      ["b", ["success"]],
      ["a", ["failed", "running"]],
    ]);
    expect(rows[1] && totalsOf(rows[1], 100)).toEqual({ queuedMs: 20, ranMs: 60 });
  });

  test("are three statements in one batch, of the latest run or of the one asked for", async () => {
    const latest = await browser.page(`/dags/${WAREHOUSE}/gantt`);
    expect(batches.map((batch) => batch.length)).toEqual([3]);
    expect(latest.text).toContain('data-key="load_partition/3"');
    const older = await browser.page(`/dags/${WAREHOUSE}/gantt?run=${encodeURIComponent(warehouseRunId(6))}`);
    expect(older.text).not.toContain("refresh_search_index");
  });

  test("show a part of the time: what lies outside is not drawn, rows without anything in it are left out", async () => {
    const address = `/dags/${WAREHOUSE}/gantt?run=${encodeURIComponent(warehouseRunId(6))}`;
    const whole = (await browser.page(address)).text;
    const rowsOf = (text: string) => text.match(/<tr data-key=/g)?.length ?? 0;
    const hrefOf = (text: string, label: string) =>
      tagsOf(text)
        .find(({ attributes }) => attributes["aria-label"] === label && attributes["href"] !== undefined)
        ?.attributes["href"]?.replaceAll("&amp;", "&");
    expect(hrefOf(whole, "Zoom out")).toBeUndefined();
    const half = (await browser.page(hrefOf(whole, "Zoom in") ?? "")).text;
    expect(rowsOf(half)).toBeLessThan(rowsOf(whole));
    expect(half).toContain(`${rowsOf(half)} of ${rowsOf(whole)} task instances`);
    const quarter = await browser.part(hrefOf(half, "Zoom in") ?? "", "dag-gantt");
    expect(rowsOf(quarter.text)).toBeLessThan(rowsOf(half));
    for (const label of ["All of the run", "Earlier", "Later", "Zoom out"])
      expect(hrefOf(quarter.text, label)).toMatch(/\/gantt\?run=/);
    expect(rowsOf((await browser.page(hrefOf(quarter.text, "All of the run") ?? "")).text)).toBe(rowsOf(whole));
    const nonsense = (await browser.page(`${address}&from=9&to=8`)).text;
    expect(rowsOf(nonsense)).toBe(rowsOf(whole));
  });

  test("are zoomed by two around the middle, moved by half, and never beyond the run", () => {
    const whole = { from: 1_000, to: 9_000 };
    expect(zoomedSpan(whole, { from: null, to: null })).toEqual(whole);
    expect(zoomedSpan(whole, { from: 0, to: 2_000 })).toEqual({ from: 1_000, to: 2_000 });
    expect(zoomedSpan(whole, { from: 20_000, to: 30_000 })).toEqual(whole);
    expect(ganttSteps(whole, whole)).toEqual({
      ...{ in: { from: 3_000, to: 7_000 }, out: null, earlier: null, later: null, whole: null },
    });
    expect(ganttSteps(whole, { from: 2_000, to: 4_000 })).toEqual({
      in: { from: 2_500, to: 3_500 },
      out: { from: 1_000, to: 5_000 },
      earlier: { from: 1_000, to: 3_000 },
      later: { from: 3_000, to: 5_000 },
      whole: { from: null, to: null },
    });
    expect(ganttSteps(whole, { from: 1_000, to: 1_030 }).in).toBeNull();
    expect(ganttSteps(whole, { from: 3_000, to: 7_000 }).out).toEqual({ from: null, to: null });
  });

  test("of a DAG without runs, and of a run that is not there, are told", async () => {
    expect((await browser.page("/dags/purge_pii/gantt")).text).toContain("No runs yet");
    expect((await browser.page(`/dags/${WAREHOUSE}/gantt?run=nobody`)).text).toContain("No runs yet");
  });
});

describe("the events of a run and of a DAG", () => {
  test("are those of it alone, and narrow by their name and by who", async () => {
    const ofRun = await browser.page("/dags/seattle_weather/runs/scheduled__2026-11-22T06%3A00%3A00%2B00%3A00/events");
    expect(ofRun.text.match(/data-key=/g)).toHaveLength(1);
    expect((await browser.page("/dags/seattle_weather/events")).text.match(/data-key=/g)).toHaveLength(2);
    expect((await browser.page("/dags/seattle_weather/events?event=trigger")).text.match(/data-key=/g)).toHaveLength(1);
    expect((await browser.page("/dags/seattle_weather/events?actor=nobody")).text).toContain("Nothing is recorded");
  });
});
