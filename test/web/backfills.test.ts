/** Backfills: what is listed, what a new one would do before it does, and what can be done with one. */
import { beforeEach, describe, expect, test } from "vitest";
import type { FakePlatform } from "../api/fake-platform.ts";
import { browserOf, from, tagsOf } from "./browser.ts";
import { makeShowcase, NOW, WEATHER } from "./showcase.ts";
import { BACKFILLED, DONE_BACKFILL, LIVE_BACKFILL } from "./showcase-backfills.ts";
import { makeWebApp } from "./web-app.ts";

let platform: FakePlatform;
let browser: ReturnType<typeof browserOf>;
beforeEach(async () => {
  platform = await makeShowcase();
  browser = browserOf(makeWebApp(platform));
});

const live = `/dags/${BACKFILLED}/backfills/${LIVE_BACKFILL}`;
const form = `/dags/${WEATHER}/backfills/new`;
const typed = {
  from_date: "2026-11-01T00:00",
  to_date: "2026-11-03T00:00",
  reprocess_behavior: "failed",
  max_active_runs: "4",
  dag_run_conf: '{"year":2014}',
};
const asQuery = (fields: Record<string, string>) => `${form}?${new URLSearchParams(fields)}`;

describe("the lists", () => {
  test("tell how far each backfill is, in words as well", async () => {
    const { text } = await browser.page("/backfills");
    expect(text).toContain("4 of 7 runs ended, 1 failed, 2 running");
    expect(text).toContain("2 of 2 runs ended");
    expect(text.match(/under way|paused<|completed</g)).toEqual(
      expect.arrayContaining(["under way", "paused<", "completed<"]),
    );
  });

  test("are narrowed by DAG and state, and the part alone comes to htmx", async () => {
    const { text } = await browser.part("/backfills?q=parquet&state=completed", "backfills-results");
    expect(text).toContain(`/backfills/${DONE_BACKFILL}"`);
    expect(text).not.toContain(`/backfills/${LIVE_BACKFILL}"`);
    expect(text).not.toContain("<main");
  });

  test("of one DAG show its own, under a tab", async () => {
    const { text } = await browser.page(`/dags/${BACKFILLED}/backfills`);
    expect(text).toMatch(/<a class="tab" href="[^"]*\/backfills" aria-current="page">Backfills/);
    expect(text).toContain(`/backfills/${LIVE_BACKFILL}"`);
    expect(text).not.toContain("/backfills/4102");
  });

  test("are reached from the menu and from the palette", async () => {
    const { text } = await browser.page("/search?q=backfill+parquet");
    expect(text).toContain('href="/backfills"');
    expect(text).toContain(`href="/dags/${BACKFILLED}/backfills/new"`);
  });
});

describe("a new backfill", () => {
  test("begins with the last seven days, in the reader's zone", async () => {
    const { text } = await browser.page(form, { cookie: "zone=Asia/Tokyo" });
    const value = (id: string) => tagsOf(text).find(({ attributes }) => attributes["id"] === id)?.attributes["value"];
    expect(value("backfill-from__date")).toBe("2026-11-15T00:00");
    expect(value("backfill-to__date")).toBe("2026-11-22T20:24");
  });

  test("shows each date and what becomes of it, and makes nothing", async () => {
    const { text } = await browser.page(asQuery(typed));
    const list = from(text, "backfill-preview");
    expect(list).toContain("<strong>1 run</strong> would start, in this order; 1 date would be left out:");
    expect(list).toMatch(/2026-11-01 00:00:00 UTC<\/time> <span class="muted">a new run/);
    expect(list).toMatch(/2026-11-03 00:00:00 UTC<\/time> <span class="muted">left out: it has a run/);
    expect(platform.scheduler(WEATHER).backfills.size).toBe(0);
  });

  test("the list alone follows the fields, so that nobody's typing is replaced", async () => {
    const { text } = await browser.part(asQuery(typed), "backfill-preview");
    expect(text).toMatch(/^<div class="stack" id="backfill-preview"/);
    expect(text).not.toContain("<input");
    const wrong = await browser.part(asQuery({ ...typed, from_date: "" }), "backfill-preview");
    expect(wrong.text).toContain("A backfill needs both ends");
  });

  test("starts with what was typed, and leads to its page", async () => {
    const fields = { ...typed, run_backwards: "true" };
    const { status, headers } = await browser.submit(`/dags/${WEATHER}/backfills`, fields);
    expect([status, headers.get("location")]).toEqual([303, `/dags/${WEATHER}/backfills/1`]);
    expect(platform.scheduler(WEATHER).backfills.get(1)).toMatchObject({
      fromAt: Date.UTC(2026, 10, 1),
      toAt: Date.UTC(2026, 10, 3),
      isReverse: true,
      reprocess: "failed",
      maxActiveRuns: 4,
      conf: { year: 2014 },
      createdBy: "ada",
    });
    // The catalog has not heard of it: the page asks the DAG's object.
    expect((await browser.page(`/dags/${WEATHER}/backfills/1`)).text).toContain("0 of 0 runs ended");
  });

  test.each([
    [{ from_date: "" }, "backfill-from__date"],
    [{ to_date: "soon" }, "backfill-to__date"],
    [{ to_date: "2026-02-31" }, "backfill-to__date"],
    [{ max_active_runs: "0" }, "backfill-max__active__runs"],
    [{ max_active_runs: "many" }, "backfill-max__active__runs"],
    [{ dag_run_conf: "[1]" }, "backfill-dag__run__conf"],
  ])("is refused at the field: %j", async (wrong, id) => {
    const { status, text } = await browser.submit(`/dags/${WEATHER}/backfills`, { ...typed, ...wrong });
    expect(status).toBe(422);
    expect(tagsOf(text).find(({ attributes }) => attributes["id"] === id)?.attributes["aria-invalid"]).toBe("true");
    expect(platform.scheduler(WEATHER).backfills.size).toBe(0);
  });

  test("what the scheduler refuses stands at its field, or at the head of the form", async () => {
    const { text } = await refusedWith({ code: "invalid", message: "It depends on the past", field: "run_backwards" });
    expect(from(text, "backfill-form")).toMatch(
      /The latest date first<\/label><p class="field-error">.*?depends on the past/,
    );
    const conflict = await refusedWith({ code: "conflict", message: "One is active already", field: "dag_id" });
    expect(conflict.status).toBe(409);
    expect(from(conflict.text, "backfill-form")).toMatch(/role="alert">.*?One is active already/);
    const param = await refusedWith({ code: "invalid", message: "must be at most 2015", field: "conf.year" });
    expect(from(param.text, "backfill-dag__run__conf-error")).toContain("year: must be at most 2015");
  });

  function refusedWith(refusal: { code: "invalid" | "conflict"; message: string; field: string }) {
    platform.scheduler(WEATHER).refusal = { ok: false, ...refusal };
    return browser.submit(`/dags/${WEATHER}/backfills`, typed);
  }
});

describe("a backfill", () => {
  test("shows its own runs, and those of a state", async () => {
    const all = await browser.page(live);
    expect(all.text.match(/data-key="export_parquet\//g)).toHaveLength(7);
    const failed = await browser.part(`${live}?state=failed`, "backfill-region");
    expect(failed.text.match(/data-key="export_parquet\//g)).toHaveLength(1);
  });

  test("is reached from each of its runs", async () => {
    const { text } = await browser.page(`/dags/${BACKFILLED}/runs/backfill__2026-09-23`);
    expect(text).toContain(`<a href="${live}">backfill</a>`);
  });

  test("is paused, resumed, and cancelled after a question", async () => {
    const of = () => platform.scheduler(BACKFILLED).backfills.get(LIVE_BACKFILL);
    await browser.submit(`${live}/pause-state`, { is_paused: "true" });
    expect(of()?.isPaused).toBe(true);
    expect((await browser.page(live)).text).toContain("Resume");
    await browser.submit(`${live}/pause-state`, { is_paused: "false" });
    expect(of()?.isPaused).toBe(false);
    expect((await browser.page(`${live}/cancellation`)).text).toContain("Its queued runs fail");
    expect(of()?.completedAt).toBeNull();
    expect((await browser.submit(`${live}/cancellation`)).headers.get("location")).toBe(live);
    expect(of()?.completedAt).not.toBeNull();
    expect((await browser.page(live)).text).not.toContain("/cancellation");
  });

  test("a refusal is told, and changes nothing", async () => {
    const refuse = () => {
      const message = "The backfill is completed already";
      platform.scheduler(BACKFILLED).refusal = { ok: false, code: "conflict", message, field: null };
    };
    refuse();
    const { status, text } = await browser.submit(`${live}/cancellation`);
    expect([status, text.includes("The backfill is completed already")]).toEqual([409, true]);
    refuse();
    const paused = await browser.submit(`${live}/pause-state`, { is_paused: "true" });
    expect(paused.headers.getSetCookie().join()).toContain("danger");
    expect(platform.scheduler(BACKFILLED).backfills.get(LIVE_BACKFILL)?.isPaused).toBe(false);
  });

  test("of a paused DAG says that nothing starts", async () => {
    await platform.scheduler(BACKFILLED).setPaused(true, { name: "ada", via: "web" });
    expect((await browser.page(live)).text).toContain("No run of the backfill starts until the DAG is resumed");
  });

  test.each([
    `/dags/${BACKFILLED}/backfills/9`,
    `/dags/${BACKFILLED}/backfills/x`,
    `/dags/none/backfills/${LIVE_BACKFILL}`,
  ])("that is not there is not found: %s", async (address) => expect((await browser.page(address)).status).toBe(404));

  test("stays at one answer while nothing changes", async () => {
    const first = await browser.part(live, "backfill-region");
    const tag = first.headers.get("hx-ptag") ?? "";
    expect(tag).not.toBe("");
    expect((await browser.part(live, "backfill-region", { "hx-ptag": tag })).status).toBe(304);
    expect(platform.now).toBe(NOW);
  });
});
