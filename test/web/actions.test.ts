import { beforeEach, describe, expect, test } from "vitest";
import type { FakePlatform } from "../api/fake-platform.ts";
import { browserOf, from, tagsOf } from "./browser.ts";
import { runAddress } from "./routes-of-showcase.ts";
import { FAILED_RUN, LIVE_RUN, makeShowcase, NOW, WEATHER } from "./showcase.ts";
import { WAREHOUSE, warehouseRunId } from "./showcase-graphs.ts";
import { makeWebApp } from "./web-app.ts";

let platform: FakePlatform;
let browser: ReturnType<typeof browserOf>;
beforeEach(async () => {
  platform = await makeShowcase();
  browser = browserOf(makeWebApp(platform));
});

const flashOf = (headers: Headers) => decodeURIComponent(headers.get("set-cookie") ?? "");

describe("parts and pages", () => {
  test("htmx gets the part it asks for, everybody else the whole page", async () => {
    const part = await browser.part("/dags", "dags-results");
    expect(part.text).toMatch(/^<div class="stack" id="dags-results"/);
    expect(part.headers.get("vary")).toContain("HX-Request");
    const restored = await browser.page("/dags", { "hx-request": "true", "hx-request-type": "full" });
    expect(restored.text).toMatch(/^<!doctype html>/);
    const unknown = await browser.part("/dags", "some-other-id");
    expect(unknown.text).toMatch(/^<!doctype html>/);
  });

  test("a poll that finds nothing new is a 304 without a body, until something changes", async () => {
    const first = await browser.part(`/dags/${WEATHER}`, "dag-grid");
    const ptag = first.headers.get("hx-ptag") ?? "";
    expect(ptag).not.toBe("");
    const second = await browser.part(`/dags/${WEATHER}`, "dag-grid", { "hx-ptag": ptag });
    expect([second.status, second.text]).toEqual([304, ""]);
    const run = platform.scheduler(WEATHER).runs.get(LIVE_RUN);
    if (run) await platform.project({ dagRuns: [{ ...run, state: "success", endAt: NOW, version: run.version + 1 }] });
    const third = await browser.part(`/dags/${WEATHER}`, "dag-grid", { "hx-ptag": ptag });
    expect(third.status).toBe(200);
  });

  test("a part that shows a state brings the document's title, which tells it too", async () => {
    const { text } = await browser.part(runAddress(LIVE_RUN), "run-live");
    expect(text).toMatch(/^<title>● running · manual__[^<]* · seattle_weather · test<\/title>/);
  });

  test("asks every 2 s while something runs and every 15 s when nothing does", async () => {
    const paceOf = async (path: string, id: string) =>
      /data-live="(\d+)"/.exec(from((await browser.page(path)).text, id))?.[1];
    expect(await paceOf(runAddress(LIVE_RUN), "run-live")).toBe("2");
    expect(await paceOf(runAddress(FAILED_RUN), "run-live")).toBe("15");
  });

  test("a filter form puts the short address of what it shows into the address bar, a poll leaves it alone", async () => {
    const typed = await browser.part("/dags?q=weat&paused=all&state=&tag=", "dags-results");
    expect(typed.headers.get("hx-replace-url")).toBe("/dags?q=weat");
    const poll = await browser.part("/dags?q=weat", "dags-results", { "hx-ptag": "old" });
    expect(poll.headers.get("hx-replace-url")).toBeNull();
  });

  test("a filter is an address: search, state, paused and tag narrow the list", async () => {
    const idsOf = async (query: string) =>
      tagsOf((await browser.page(`/dags${query}`)).text).flatMap(({ name, attributes }) =>
        name === "tr" ? (attributes["data-key"] ?? []) : [],
      );
    expect(await idsOf("?q=weat")).toEqual([WEATHER]);
    expect(await idsOf("?paused=yes")).toEqual(["hello_cron"]);
    expect(await idsOf("?state=queued")).toEqual(["reconcile_ledger"]);
    expect(await idsOf("?tag=finance")).toEqual(["orders_to_warehouse", "reconcile_ledger"]);
    expect(await idsOf("?state=nonsense&page=-3&paused=maybe")).toHaveLength(10);
  });

  test("long lists have a next page and a way back", async () => {
    browser = browserOf(makeWebApp(await makeShowcase({ extraDags: 60 })));
    const first = (await browser.page("/dags")).text;
    const next = /href="([^"]+)" rel="next"/.exec(first)?.[1] ?? "";
    expect(next).toMatch(/^\/dags\?after=/);
    const second = (await browser.page(next)).text;
    expect(second).toContain("purge_pii");
    expect(second).toContain("First page");
    expect(second).not.toContain('rel="next"');
  });
});

describe("pausing", () => {
  test("a plain form comes back to the page it was on, with a message", async () => {
    const { status, headers } = await browser.submit(
      `/dags/${WEATHER}/pause-state`,
      { is_paused: "true" },
      { referer: "http://localhost/dags?q=weather" },
    );
    expect([status, headers.get("location")]).toEqual([303, "/dags?q=weather"]);
    expect(flashOf(headers)).toContain(`${WEATHER} is paused`);
    expect(platform.scheduler(WEATHER).view?.isPaused).toBe(true);
    expect(platform.scheduler(WEATHER).actors).toEqual([{ name: "ada", via: "web" }]);
  });

  test("a referer of elsewhere is not followed", async () => {
    const { headers } = await browser.submit(
      `/dags/${WEATHER}/pause-state`,
      { is_paused: "true" },
      { referer: "https://evil.example/x" },
    );
    expect(headers.get("location")).toBe(`/dags/${WEATHER}`);
  });

  test("htmx gets the switch in its new position and a toast", async () => {
    const { text } = await browser.submitPart(`/dags/${WEATHER}/pause-state`, "pause-switch-seattle__weather", {
      is_paused: "true",
    });
    expect(text).toContain('aria-checked="false"');
    expect(text).toContain('hx-target="#toasts"');
  });

  test("the message is shown once", async () => {
    const cookie = `flash=${encodeURIComponent(JSON.stringify(["done", "It worked"]))}`;
    const { text, headers } = await browser.page("/dags", { cookie });
    expect(from(text, "toasts")).toContain("It worked");
    expect(headers.get("set-cookie")).toMatch(/flash=;.*Max-Age=0/);
    const ahead = await browser.page("/dags", { cookie, "sec-purpose": "prefetch" });
    expect(from(ahead.text, "toasts")).not.toContain("It worked");
    expect((await browser.page("/dags", { cookie: "flash=%7Bnonsense" })).status).toBe(200);
  });
});

describe("triggering", () => {
  const good = {
    "param.year": "2014",
    "param.station": "BFI",
    "param.unit": "1",
    "param.thresholds": "[1]",
    note: "by hand",
    idempotency_key: "k1",
  };

  test("a plain form starts a run with the conf it says and leads to it", async () => {
    const { status, headers } = await browser.submit(`/dags/${WEATHER}/runs`, good);
    expect(status).toBe(303);
    expect(headers.get("location")).toMatch(/^\/dags\/seattle_weather\/runs\/manual__/);
    const run = [...platform.scheduler(WEATHER).runs.values()].at(-1);
    expect(run?.conf).toEqual({ year: 2014, station: "BFI", unit: "fahrenheit", dry_run: false, thresholds: [1] });
    expect(run?.note).toBe("by hand");
  });

  test("the same form sent twice is one run", async () => {
    const before = platform.scheduler(WEATHER).runs.size;
    const first = await browser.submit(`/dags/${WEATHER}/runs`, good);
    const second = await browser.submit(`/dags/${WEATHER}/runs`, good);
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    expect(platform.scheduler(WEATHER).runs.size).toBe(before + 1);
  });

  test("what cannot be read is refused at its field, and what was typed stays", async () => {
    const { status, text } = await browser.submit(`/dags/${WEATHER}/runs`, {
      ...good,
      "param.year": "soon",
      "param.station": "KEPT",
    });
    expect(status).toBe(422);
    const field = tagsOf(text).find(({ attributes }) => attributes["id"] === "param-year");
    expect(field?.attributes).toMatchObject({
      "aria-invalid": "true",
      "aria-describedby": "param-help-year param-error-year",
      value: "soon",
    });
    expect(from(text, "param-error-year")).toContain("Expected a number");
    expect(text).toContain('value="KEPT"');
    expect(text).toMatch(/^<!doctype html>/);
  });

  test("what the scheduler refuses is shown at the field it names", async () => {
    platform.scheduler(WEATHER).refusal = {
      ok: false,
      code: "invalid",
      message: "year must be at most 2015",
      field: "conf.year",
    };
    const { status, text } = await browser.submitPart(`/dags/${WEATHER}/runs`, "trigger-form", good);
    // Every other status would stand in the console of the browser as a failed request.
    expect(status).toBe(200);
    expect(text).toMatch(/^<form class="form" id="trigger-form"/);
    expect(from(text, "param-error-year")).toContain("at most 2015");
  });

  test("a duplicate run is a conflict, said at the top of the form", async () => {
    const { status, text } = await browser.submit(`/dags/${WEATHER}/runs`, { ...good, run_id: FAILED_RUN });
    expect(status).toBe(409);
    expect(text).toContain("exists already");
  });

  test("a DAG without params takes raw JSON, and only an object", async () => {
    const refused = await browser.submit("/dags/export_parquet/runs", { conf: "[1]", logical_date: "someday" });
    expect(refused.status).toBe(422);
    expect(from(refused.text, "trigger-conf-error")).toContain("Expected a JSON object");
    expect(from(refused.text, "trigger-logical__date-hint")).toContain("Expected a date");
    const started = await browser.submit("/dags/export_parquet/runs", {
      conf: '{"a":1}',
      logical_date: "2026-01-31T06:00",
    });
    expect(started.status).toBe(303);
    const run = [...platform.scheduler("export_parquet").runs.values()].at(-1);
    expect([run?.conf, run?.logicalAt]).toEqual([{ a: 1 }, Date.UTC(2026, 0, 31, 6)]);
  });

  test("a run takes a data interval of its own, and the time before which it waits", async () => {
    const dates = { data_interval_start: "2026-01-30T00:00", data_interval_end: "2026-01-31T00:00" };
    const fields = { ...good, ...dates, run_after: "2026-12-24T18:00" };
    await browser.submit(`/dags/${WEATHER}/runs`, fields, { cookie: "zone=Asia/Tokyo" });
    expect([...platform.scheduler(WEATHER).runs.values()].at(-1)).toMatchObject({
      dataIntervalStartAt: Date.UTC(2026, 0, 29, 15),
      dataIntervalEndAt: Date.UTC(2026, 0, 30, 15),
      runAfterAt: Date.UTC(2026, 11, 24, 9),
    });
  });

  test.each([
    [{ data_interval_start: "2026-01-30T00:00" }, "data__interval__end", "Give both ends"],
    [{ data_interval_end: "2026-01-30T00:00" }, "data__interval__start", "Give both ends"],
    [{ data_interval_start: "then", data_interval_end: "2026-01-30" }, "data__interval__start", "Expected a date"],
    [{ run_after: "later" }, "run__after", "Expected a date"],
  ])("dates that do not fit are refused at their field: %j", async (dates, field, message) => {
    const before = platform.scheduler(WEATHER).runs.size;
    const { status, text } = await browser.submit(`/dags/${WEATHER}/runs`, { ...good, ...dates });
    expect(status).toBe(422);
    expect(from(text, `trigger-${field}-hint`).split("</p>")[0]).toContain(message);
    expect(platform.scheduler(WEATHER).runs.size).toBe(before);
  });

  test("an interval that ends before it starts is refused at the end, as the scheduler says", async () => {
    const message = "The data interval ends before it starts";
    platform.scheduler(WEATHER).refusal = { ok: false, code: "invalid", message, field: "data_interval_end" };
    const { text } = await browser.submit(`/dags/${WEATHER}/runs`, good);
    expect(from(text, "trigger-data__interval__end-hint").split("</p>")[0]).toContain(message);
  });

  test("what was emptied is sent as empty, and where that cannot be, the form says which default is meant", async () => {
    const { text } = await browser.page(`/dags/${WEATHER}/trigger`);
    expect(from(text, "param-help-year").split("</p>")[0]).toContain("When empty: the default, 2015");
    expect(from(text, "param-unit")).toContain('<option value="">Default: celsius</option>');
    expect(from(text, "param-help-station")).toBe("");
    await browser.submit(`/dags/${WEATHER}/runs`, { ...good, "param.station": "", "param.recipients": "" });
    const run = [...platform.scheduler(WEATHER).runs.values()].at(-1);
    expect(run?.conf).toMatchObject({ station: "", recipients: [] });
  });

  test("the dates of a run are asked for as those of its params are, and the logical date is none when empty", async () => {
    const { text } = await browser.page(`/dags/${WEATHER}/trigger`, { cookie: "zone=Asia/Tokyo" });
    const inputs = tagsOf(text).filter(({ attributes }) => attributes["type"] === "datetime-local");
    expect(inputs.map(({ attributes }) => [attributes["name"], attributes["data-zone"]])).toEqual([
      ["param.before", "Asia/Tokyo"],
      ["logical_date", "Asia/Tokyo"],
      ["data_interval_start", "Asia/Tokyo"],
      ["data_interval_end", "Asia/Tokyo"],
      ["run_after", "Asia/Tokyo"],
    ]);
    expect(from(text, "trigger-logical__date-hint").split("</p>")[0]).toContain("None when empty");
    await browser.submit(`/dags/${WEATHER}/runs`, good);
    expect([...platform.scheduler(WEATHER).runs.values()].at(-1)?.logicalAt).toBeNull();
  });

  test("a paused DAG is resumed with the run, unless that is not wanted", async () => {
    const isPaused = () => platform.scheduler("hello_cron").view?.isPaused;
    const { text } = await browser.page("/dags/hello_cron/trigger");
    expect(text).toMatch(/name="resume" value="true" checked/);
    expect((await browser.page(`/dags/${WEATHER}/trigger`)).text).not.toContain('name="resume"');
    await browser.submit("/dags/hello_cron/runs", { conf: "{}" });
    expect(isPaused()).toBe(true);
    const refused = await browser.submit("/dags/hello_cron/runs", { conf: "no" });
    expect(refused.text).toMatch(/name="resume" value="true"(?! checked)/);
    await browser.submit("/dags/hello_cron/runs", { conf: "no", resume: "true" });
    expect(isPaused()).toBe(true);
    await browser.submit("/dags/hello_cron/runs", { conf: "{}", resume: "true" });
    expect(isPaused()).toBe(false);
  });

  test("htmx is sent to the run", async () => {
    const { headers } = await browser.submitPart(`/dags/${WEATHER}/runs`, "trigger-form", good);
    expect(headers.get("hx-redirect")).toMatch(/^\/dags\/seattle_weather\/runs\//);
  });

  test("the form is a dialog for htmx and a page for everybody else", async () => {
    const dialog = await browser.part(`/dags/${WEATHER}/trigger`, "dialog");
    expect(dialog.text).toMatch(/^<header class="dialog-head">/);
    expect((await browser.page(`/dags/${WEATHER}/trigger`)).text).toMatch(/^<!doctype html>/);
  });

  test("triggering again begins with the conf of the run before", async () => {
    const { text } = await browser.page(`/dags/${WEATHER}/trigger?from_run=${encodeURIComponent(FAILED_RUN)}`);
    expect(tagsOf(text).find(({ attributes }) => attributes["id"] === "param-year")?.attributes["value"]).toBe("2015");
  });
});

describe("what can be done with a run", () => {
  test.each([
    [LIVE_RUN, "cancellation", "failed"],
    [LIVE_RUN, "success", "success"],
  ] as const)("%s: %s marks it %s and leads back to it", async (run, action, state) => {
    const { status, headers } = await browser.submit(`${runAddress(run)}/${action}`);
    expect([status, headers.get("location")]).toEqual([303, runAddress(run)]);
    expect(platform.scheduler(WEATHER).runs.get(run)?.state).toBe(state);
  });

  test("clearing says how many will run again, and how many were cleared", async () => {
    const form = (await browser.page(`${runAddress(FAILED_RUN)}/clearing`)).text;
    expect(form).toMatch(/Only what failed: 5 task instances/);
    expect(form).toMatch(/All of them: 12 task instances/);
    expect(form).toMatch(/5 task instances<\/strong> would be cleared/);
    const { headers } = await browser.submit(`${runAddress(FAILED_RUN)}/clearing`, { scope: "failed" });
    expect(flashOf(headers)).toContain("Cleared 5");
  });

  test("the list of what a clear of a run would change follows its choice, with scripts and without", async () => {
    const address = `${runAddress(FAILED_RUN)}/clearing`;
    const first = (await browser.page(address)).text;
    expect(first).toMatch(/formmethod="get" formaction="[^"]*\/clearing"/);
    const all = await browser.part(`${address}?scope=all&on_latest_version=true`, "run-action-clearing");
    expect(all.text).toMatch(/^<form class="form" id="run-action-clearing"/);
    expect(all.text).toMatch(/12 task instances<\/strong> would be cleared/);
    expect(all.text).toMatch(/value="all" checked/);
    expect(all.text).toMatch(/name="on_latest_version" value="true" checked/);
    expect(platform.scheduler(WEATHER).selections.at(-1)?.options).toMatchObject({
      dryRun: true,
      onLatestVersion: true,
    });
  });

  const named = (html: string) =>
    [...html.slice(html.indexOf("scroll-list")).matchAll(/<li>.*?<a[^>]*>(.*?)<\/a>/gs)].map(([, id]) => id);

  test("what a cancel stops and a mark changes is listed, without the teardowns that a running run lets clean up", async () => {
    const live = platform.scheduler(WAREHOUSE).instances.filter(({ runId }) => runId === warehouseRunId(0));
    const namesOf = (wanted: (state: string) => boolean) =>
      live
        .filter(({ state, taskId }) => taskId !== "delete_cluster" && wanted(state))
        .map(({ taskId, mapIndex }) => (mapIndex < 0 ? taskId : `${taskId} [${mapIndex}]`));
    const ended = ["success", "failed", "skipped", "upstream_failed"];
    const address = `/dags/${WAREHOUSE}/runs/${encodeURIComponent(warehouseRunId(0))}`;
    const cancelled = (await browser.page(`${address}/cancellation`)).text;
    expect(named(cancelled).sort()).toEqual(namesOf((state) => !ended.includes(state)).sort());
    const succeeded = (await browser.page(`${address}/success`)).text;
    expect(named(succeeded).sort()).toEqual(namesOf((state) => state !== "success").sort());
    expect((await browser.page(`${runAddress(FAILED_RUN)}/failure`)).text).toContain(
      "Nothing would be stopped or skipped",
    );
  });

  test("a task instance is cleared with what follows it", async () => {
    const { status, headers } = await browser.submit(`${runAddress(FAILED_RUN)}/tasks/report.table/clearing`, {
      downstream: "true",
    });
    expect([status, headers.get("location")]).toEqual([303, runAddress(FAILED_RUN)]);
  });

  test("a run, and a single task's, go over to the latest version when asked", async () => {
    const optionsOf = () => platform.scheduler(WEATHER).selections.at(-1)?.options;
    const address = `${runAddress(FAILED_RUN)}/tasks/report.table/clearing`;
    expect((await browser.page(address)).text).not.toMatch(/name="on_latest_version" value="true" checked/);
    expect(optionsOf()).not.toHaveProperty("onLatestVersion");
    const asked = await browser.part(`${address}?asked=true&on_latest_version=true`, "task-instance-clearing");
    expect(asked.text).toMatch(/name="on_latest_version" value="true" checked/);
    expect(optionsOf()).toMatchObject({ dryRun: true, onLatestVersion: true });
    await browser.submit(address, { asked: "true", on_latest_version: "true" });
    expect(optionsOf()).toMatchObject({ dryRun: false, onLatestVersion: true });
    await browser.submit(`${runAddress(FAILED_RUN)}/clearing`, { scope: "all", on_latest_version: "true" });
    expect(optionsOf()).toMatchObject({ dryRun: false, onLatestVersion: true });
  });

  test("without scripts the list of what would change follows the ticks", async () => {
    const address = `${runAddress(FAILED_RUN)}/tasks/report.table/clearing`;
    const first = (await browser.page(address)).text;
    expect(first).toMatch(/name="downstream" value="true" checked/);
    expect(first).toMatch(/formmethod="get"/);
    await browser.page(`${address}?asked=true&upstream=true&past=true&only_failed=true`);
    const asked = platform.scheduler(WEATHER).selections.at(-1);
    expect(asked).toMatchObject({
      selection: {
        tasks: ["report.table"],
        upstream: true,
        downstream: false,
        past: true,
        future: false,
        only: "failed",
      },
      options: { dryRun: true },
    });
  });

  test("a task instance is marked with what its form says", async () => {
    const address = `${runAddress(FAILED_RUN)}/tasks/report.table/marking`;
    expect((await browser.page(`${address}?state=skipped`)).text).toMatch(/would be marked skipped/);
    const { status, headers } = await browser.submit(address, { state: "skipped", downstream: "true" });
    expect([status, headers.get("location")]).toEqual([303, runAddress(FAILED_RUN)]);
    expect(flashOf(headers)).toContain("Marked skipped: 1 task instance");
    expect(platform.scheduler(WEATHER).selections.at(-1)?.options.dryRun).toBe(false);
  });

  test("deleting leads to the list of runs", async () => {
    const { headers } = await browser.submit(`${runAddress(FAILED_RUN)}/deletion`);
    expect(headers.get("location")).toBe(`/dags/${WEATHER}/runs`);
    expect(platform.scheduler(WEATHER).runs.has(FAILED_RUN)).toBe(false);
  });

  test("a refusal comes back in the form, with its reason", async () => {
    platform.scheduler(WEATHER).refusal = {
      ok: false,
      code: "conflict",
      message: "The run is still live",
      field: null,
    };
    const { status, text } = await browser.submitPart(`${runAddress(FAILED_RUN)}/deletion`, "run-action-deletion");
    expect(status).toBe(200);
    expect(text).toMatch(/^<form class="form" id="run-action-deletion"/);
    expect(text).toContain("The run is still live");
  });

  test("a form of another site is refused", async () => {
    const app = makeWebApp(platform);
    const response = await app.request(`http://localhost${runAddress(LIVE_RUN)}/cancellation`, {
      method: "POST",
      headers: { origin: "https://evil.example", "content-type": "application/x-www-form-urlencoded" },
    });
    expect(response.status).toBe(403);
    expect(platform.scheduler(WEATHER).runs.get(LIVE_RUN)?.state).toBe("running");
  });
});

describe("the log of a try", () => {
  const task = `${runAddress(LIVE_RUN)}/tasks/means.summer`;
  const tailOf = (html: string) => /hx-get="([^"]*\/log\?[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const running = () => {
    const instance = platform
      .scheduler(WEATHER)
      .instances.find((one) => one.runId === LIVE_RUN && one.state === "running");
    if (instance === undefined) throw new Error("The showcase has a running task instance");
    return instance;
  };

  test("while it grows, its end brings the new lines alone and a new end", async () => {
    const tail = tailOf((await browser.page(task)).text);
    expect(tail).toContain("after=6");
    await platform.writeLog(running(), 2, [{ event: "the seventh line" }]);
    const { text } = await browser.part(tail, "");
    expect(text).toContain('id="L7"');
    expect(text).toContain("the seventh line");
    expect(text).not.toContain('id="L6"');
    expect(tailOf(text)).toContain("after=7");
  });

  test("once the try has ended, the last answer has no end that asks again", async () => {
    const tail = tailOf((await browser.page(task)).text);
    const { instances } = platform.scheduler(WEATHER);
    const ended = { ...running(), state: "success", endAt: NOW } as const;
    instances[instances.indexOf(running())] = ended;
    await platform.writeLog(ended, 2, [{ event: "done" }]);
    const { text } = await browser.part(tail, "");
    expect(text).toContain("done");
    expect(text).not.toContain("data-live");
  });

  test("a header that finds another try brings that try's log with it", async () => {
    const quiet = await browser.part(`${task}?seen=1-live`, "task-instance-header");
    expect(quiet.text).not.toContain("hx-partial");
    const next = await browser.part(`${task}?seen=0-still`, "task-instance-header");
    expect(next.text).toContain('<hx-partial hx-target="#task-instance-log"');
  });

  test("opens at its end, and every other part has an address", async () => {
    const instance = { ...running(), tryNumber: 1 };
    await platform.writeLog(
      instance,
      2,
      Array.from({ length: 2_500 }, (_, line) => ({ event: `line ${line + 7}` })),
    );
    const end = (await browser.page(task)).text;
    expect(end).toContain('id="L2506"');
    expect(end).not.toContain('id="L1506"');
    const around = (await browser.page(`${task}?line=700`)).text;
    expect(around).toContain('id="L700"');
    const start = (await browser.page(`${task}?from=0`)).text;
    expect(start).toContain('id="L1"');
    expect(start).not.toContain("data-log-end");
  });

  test("shows the lines of a level and above", async () => {
    const { text } = await browser.page(`${runAddress(FAILED_RUN)}/tasks/report.table?level=warning`);
    expect([...text.matchAll(/class="log-line level-(\w+)"/g)].map(([, level]) => level)).toEqual(["warning", "error"]);
  });
});

describe("an instance of a mapped task", () => {
  test("is shown with its index and, once its try has told it, its name", async () => {
    const { instances } = platform.scheduler(WEATHER);
    const some = instances.find((one) => one.runId === LIVE_RUN && one.taskId === "means.autumn");
    if (some === undefined) throw new Error("the showcase has no such task instance");
    const named = { ...some, mapIndex: 0, instanceName: "Oslo <1>", version: 99 };
    const nameless = { ...named, mapIndex: 1, instanceName: null };
    instances.splice(instances.indexOf(some), 1, named, nameless);
    await platform.project({ taskInstances: [named, nameless] });
    const closed = await browser.page(runAddress(LIVE_RUN));
    expect(closed.text).not.toContain("Oslo");
    const run = await browser.page(`${runAddress(LIVE_RUN)}?open=means.autumn`);
    expect(run.text).toContain('<span class="muted"> [0] Oslo &lt;1&gt;</span>');
    expect(run.text).toContain('<span class="muted"> [1]</span>');
    const page = await browser.page(`${runAddress(LIVE_RUN)}/tasks/means.autumn?map_index=0`);
    expect(page.text).toContain("means.autumn [0] Oslo &lt;1&gt;</h1>");
  });
});

describe("when parts of the platform are away", () => {
  test("a task instance is shown from the catalog while its scheduler does not answer", async () => {
    platform.scheduler(WEATHER).isDown = true;
    expect((await browser.page(`${runAddress(FAILED_RUN)}/tasks/report.table`)).status).toBe(200);
    expect((await browser.page(runAddress(FAILED_RUN))).status).toBe(200);
    expect((await browser.page(`/dags/${WEATHER}`)).status).toBe(200);
  });

  test("a page without the catalog is a 503 that explains", async () => {
    platform.isCatalogDown = true;
    const { status, text } = await browser.page("/dags");
    expect(status).toBe(503);
    expect(text).toContain("Schedules go on meanwhile");
  });
});
