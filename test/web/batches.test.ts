/** What is done with many runs or task instances at once: exactly which is told before, and that alone happens. */
import { beforeEach, describe, expect, test } from "vitest";
import type { FakePlatform } from "../api/fake-platform.ts";
import { browserOf, from, tagsOf } from "./browser.ts";
import { FAILED_RUN, LIVE_RUN, makeShowcase, WEATHER } from "./showcase.ts";
import { BACKFILLED } from "./showcase-backfills.ts";
import { makeWebApp } from "./web-app.ts";

let platform: FakePlatform;
let browser: ReturnType<typeof browserOf>;
beforeEach(async () => {
  platform = await makeShowcase();
  browser = browserOf(makeWebApp(platform));
});

const failed = `${WEATHER}/${FAILED_RUN}`;
const live = `${WEATHER}/${LIVE_RUN}`;
const done = `${BACKFILLED}/backfill__2026-09-23`;

/** A form with several boxes ticked. */
function submit(path: string, fields: Readonly<Record<string, string>>, sel: readonly string[]) {
  const body = new URLSearchParams(fields);
  for (const row of sel) body.append("sel", row);
  return browser.submitText(path, body.toString());
}

const ask = (path: string, fields: Readonly<Record<string, string>>, sel: readonly string[]) => {
  const query = new URLSearchParams(fields);
  for (const row of sel) query.append("sel", row);
  return browser.page(`${path}?${query}`);
};

const listOf = (text: string) => {
  const [, list = ""] = /aria-label="What (?:will change|would be [^"]*)"[^>]*>(.*?)<\/ul>/s.exec(text) ?? [];
  return list
    .split("<li>")
    .slice(1)
    .map((item) =>
      item
        .replaceAll(/<[^>]*>/g, "")
        .replaceAll(/\s+/g, " ")
        .trim(),
    );
};
const keptOf = (text: string) =>
  tagsOf(text).flatMap(({ attributes }) => (attributes["name"] === "sel" ? (attributes["value"] ?? "") : []));
const stateOf = (key: string) => {
  const [dag = "", run = ""] = key.split("/");
  return platform.scheduler(dag).runs.get(run)?.state;
};
const flashOf = (headers: Headers) => decodeURIComponent(headers.getSetCookie().join());

describe("many runs", () => {
  test("are ticked in the list, and the buttons ask first", async () => {
    const { text } = await browser.page("/runs?q=seattle");
    const boxes = tagsOf(text).filter(({ attributes }) => attributes["name"] === "sel");
    expect(boxes.map(({ attributes }) => attributes["value"])).toContain(failed);
    expect(boxes.every(({ attributes }) => attributes["form"] === "runs-batch")).toBe(true);
    const bar = tagsOf(text).find(({ attributes }) => attributes["id"] === "runs-batch");
    expect(bar?.attributes).toMatchObject({ method: "get", action: "/run-batch" });
  });

  test("to be cleared are listed with how much of each, for what failed or for all", async () => {
    const first = await ask("/run-batch", { action: "clearing" }, [failed, done]);
    expect(listOf(first.text)).toEqual([`failed ${FAILED_RUN} of ${WEATHER}: 5 task instances`]);
    expect(first.text).toContain("1 run of those chosen would not change");
    expect(keptOf(first.text)).toEqual([failed, done]);
    const all = await ask("/run-batch", { action: "clearing", scope: "all" }, [failed, done]);
    expect(listOf(all.text)).toEqual([`failed ${FAILED_RUN} of ${WEATHER}: 12 task instances`]);
    expect(platform.scheduler(WEATHER).selections.every(({ options }) => options.dryRun)).toBe(true);
    const { headers } = await submit("/run-batch", { action: "clearing", scope: "failed", next: "/runs?q=x" }, [
      failed,
      done,
    ]);
    expect(headers.get("location")).toBe("/runs?q=x");
    expect(flashOf(headers)).toContain("Cleared 1 run");
    expect(platform.scheduler(WEATHER).selections.at(-1)).toMatchObject({
      selection: { runId: FAILED_RUN, only: "failed", tasks: null },
      options: { dryRun: false },
    });
  });

  test.each([
    ["cancellation", [live], [failed, done], "failed"],
    ["success", [live, failed], [done], "success"],
    ["failure", [live, done], [failed], "failed"],
  ] as const)("%s changes %j alone, and says so before", async (action, changing, others, state) => {
    const before = others.map(stateOf);
    const { text } = await ask("/run-batch", { action }, [...changing, ...others]);
    expect(listOf(text).map((line) => line.split(" ")[1])).toEqual(changing.map((key) => key.split("/")[1]));
    expect([...changing, ...others].map(stateOf)).toEqual([...changing, ...others].map(stateOf));
    const { headers } = await submit("/run-batch", { action }, [...changing, ...others]);
    expect(changing.map(stateOf)).toEqual(changing.map(() => state));
    expect(others.map(stateOf)).toEqual(before);
    expect(flashOf(headers)).toContain(`${changing.length} run`);
  });

  test("that have ended are deleted, those that are live are not", async () => {
    const { text } = await ask("/run-batch", { action: "deletion" }, [live, failed, done]);
    expect(listOf(text)).toHaveLength(2);
    await submit("/run-batch", { action: "deletion" }, [live, failed, done]);
    expect([live, failed, done].map(stateOf)).toEqual(["running", undefined, undefined]);
  });

  test("a run that ended after it was ticked is not cancelled", async () => {
    await platform.scheduler(WEATHER).markRun(LIVE_RUN, "success", { name: "ada", via: "web" });
    const { headers } = await submit("/run-batch", { action: "cancellation" }, [live]);
    expect(stateOf(live)).toBe("success");
    expect(flashOf(headers)).toContain("Cancelled 0 runs");
  });

  test("all that match are meant by the filter, and nothing by no tick", async () => {
    const all = await browser.page("/run-batch?action=success&all=true&dag=always_fails");
    expect(listOf(all.text)).toHaveLength(6);
    expect((await browser.page("/run-batch?action=success")).text).toContain("No run is selected");
    expect((await ask("/run-batch", { action: "success" }, ["nonsense", "a/b/c", done])).text).toContain(
      "Nothing would change",
    );
  });

  test("of one DAG are ticked on its own tab, and all that match are of it alone", async () => {
    const { text } = await browser.page(`/dags/${WEATHER}/runs?q=scheduled&state=failed&version=1&from=2026-11-01`);
    const boxes = tagsOf(text).filter(({ attributes }) => attributes["name"] === "sel");
    expect(boxes.map(({ attributes }) => attributes["value"])).toContain(failed);
    expect(boxes.every(({ attributes }) => attributes["form"] === "dag-runs-batch")).toBe(true);
    const bar = tagsOf(from(text, "dag-runs-batch")).filter(({ attributes }) => attributes["type"] === "hidden");
    const filter = new URLSearchParams(
      bar.map(({ attributes }): [string, string] => [attributes["name"] ?? "", attributes["value"] ?? ""]),
    );
    expect(filter.toString()).toBe(`dag=${WEATHER}&run=scheduled&state=failed&version=1&from=2026-11-01`);
    const referer = `http://localhost/dags/${WEATHER}/runs?state=failed`;
    const asked = await browser.page(`/run-batch?action=success&all=true&${filter}`, { referer });
    expect(keptOf(asked.text).toSorted()).toEqual(boxes.map(({ attributes }) => attributes["value"] ?? "").toSorted());
    const next = tagsOf(asked.text).find(({ attributes }) => attributes["name"] === "next");
    expect(next?.attributes["value"]).toBe(`/dags/${WEATHER}/runs?state=failed`);
  });

  test("are not more than those of the part of an id and the version that were asked for", async () => {
    const keysOf = async (filter: string) =>
      keptOf((await browser.page(`/run-batch?action=clearing&all=true&dag=${WEATHER}&${filter}`)).text).length;
    expect(await keysOf("run=manual")).toBe(1);
    expect(await keysOf(`run=${WEATHER}`)).toBe(0);
    expect(await keysOf("version=7")).toBe(0);
    expect((await browser.page(`/run-batch?action=clearing&all=true&version=first`)).status).toBe(422);
  });

  test("a refusal is told with its run, and the others are done", async () => {
    const message = "Not now";
    platform.scheduler(WEATHER).refusal = { ok: false, code: "conflict", message, field: null };
    const { headers } = await submit("/run-batch", { action: "deletion" }, [failed, done]);
    expect(flashOf(headers)).toContain(`Deleted 1 run, not 1. ${FAILED_RUN}: Not now`);
    expect([failed, done].map(stateOf)).toEqual(["failed", undefined]);
  });

  test("the next address is one of this site", async () => {
    const { headers } = await submit("/run-batch", { action: "success", next: "//evil.example" }, [live]);
    expect(headers.get("location")).toBe("/");
  });
});

describe("many task instances", () => {
  const table = `${failed}/report.table/-1`;
  const chart = `${failed}/report.chart/-1`;
  const summer = `${live}/means.summer/-1`;

  test("are cleared with one call per run, after exactly that was told", async () => {
    const { text } = await ask("/task-instance-batch", { action: "clearing" }, [table, chart, summer]);
    expect(text).toContain("<strong>3 task instances</strong> would be cleared in 2 runs:");
    expect(listOf(text)).toHaveLength(3);
    const { headers } = await submit("/task-instance-batch", { action: "clearing", downstream: "true" }, [
      table,
      chart,
      summer,
    ]);
    expect(flashOf(headers)).toContain("Cleared 3 task instances");
    const done = platform.scheduler(WEATHER).selections.filter(({ options }) => !options.dryRun);
    expect(done.map(({ selection }) => [selection.runId, selection.tasks, selection.downstream])).toEqual([
      [FAILED_RUN, ["report.table", "report.chart"], true],
      [LIVE_RUN, ["means.summer"], true],
    ]);
  });

  test.each(["success", "failed", "skipped"] as const)("are marked %s, with a note", async (action) => {
    await submit("/task-instance-batch", { action, note: "by hand" }, [summer]);
    const found = platform
      .scheduler(WEATHER)
      .instances.find(({ runId, taskId }) => runId === LIVE_RUN && taskId === "means.summer");
    expect(found?.state).toBe(action);
    expect(platform.scheduler(WEATHER).selections.at(-1)?.options).toMatchObject({ dryRun: false, note: "by hand" });
  });

  test("all that match are those of the filter", async () => {
    const { text } = await browser.page(`/task-instance-batch?action=clearing&all=true&q=report.table&state=failed`);
    expect(keptOf(text).length).toBeGreaterThan(0);
    expect(keptOf(text).every((key) => key.includes("/report."))).toBe(true);
    expect((await browser.page("/task-instance-batch?action=clearing")).text).toContain("No task instance is selected");
  });

  test("what a scheduler refuses is told in the form, before anything happens", async () => {
    const message = "The run is being deleted";
    platform.scheduler(WEATHER).refusal = { ok: false, code: "conflict", message, field: null };
    const { text } = await ask("/task-instance-batch", { action: "clearing" }, [table]);
    expect(text).toContain(message);
  });
});

describe("a filter that is not understood", () => {
  test.each([
    "/run-batch?action=deletion&all=true&from=garbage",
    "/run-batch?action=deletion&all=true&to=2026-02-31",
    "/run-batch?action=deletion&all=true&state=nonsense",
    "/run-batch?action=deletion&all=true&q=a&q=b",
    "/task-instance-batch?action=failed&all=true&to=9999-99-99",
    "/task-instance-batch?action=failed&all=true&state=nonsense",
    "/dag-batch?action=pause&all=true&paused=maybe",
    "/dag-batch?action=pause&all=true&state=nonsense",
  ])("is nothing to do to all that match: %s", async (address) => {
    const { status, text } = await browser.page(address);
    expect(status).toBe(422);
    expect(text).toContain("The filter is not understood");
    expect(keptOf(text)).toEqual([]);
  });

  test("does not keep rows that are ticked from being done", async () => {
    expect((await ask("/run-batch", { action: "success", from: "garbage" }, [live])).status).toBe(200);
  });
});
