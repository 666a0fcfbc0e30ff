/** What the pages of a DAG tell of its past: the calendar, the durations, the list of runs, the versions of its code. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { diffLines, withContext } from "../../src/web/line-diff.ts";
import { calendarCells, instantsOf, rangeOf, stepped } from "../../src/web/pages/dag/calendar-cells.ts";
import { meanOf, medianOf } from "../../src/web/pages/dag/durations-page.tsx";
import { durationChart } from "../../src/web/svg/duration-chart.ts";
import type { FakePlatform } from "../api/fake-platform.ts";
import { makeSpec } from "../api/specs.ts";
import { makeDagView } from "../api/world.ts";
import { makeDag, makeVersion } from "../fixtures/projections.ts";
import { browserOf, from, tagsOf } from "./browser.ts";
import { FAILED_RUN, makeShowcase, WEATHER } from "./showcase.ts";
import { WAREHOUSE, warehouseRunId } from "./showcase-graphs.ts";
import { makeWebApp } from "./web-app.ts";

let platform: FakePlatform;
let browser: ReturnType<typeof browserOf>;
let statements: number[];
beforeAll(async () => {
  platform = await makeShowcase();
  browser = browserOf(makeWebApp(platform));
  statements = [];
  const read = platform.catalog.read.bind(platform.catalog);
  platform.catalog.read = (batch) => {
    statements.push(batch.length);
    return read(batch);
  };
});

describe("the calendar", () => {
  const at = (text: string) => Date.parse(text);
  const day = { mode: "day", year: 2026, month: 1 } as const;

  test("puts a run on the day that the reader's clocks showed", () => {
    const counts = [{ at: at("2026-03-08T04:30Z"), state: "success" as const, count: 2 }];
    const daysIn = (zone: string) =>
      [...calendarCells(counts, day, zone).keys()].map((naive) => new Date(naive).toISOString().slice(0, 10));
    expect([daysIn("UTC"), daysIn("America/Los_Angeles"), daysIn("Asia/Kathmandu")]).toEqual([
      ["2026-03-08"],
      ["2026-03-07"],
      ["2026-03-08"],
    ]);
  });

  test("by hour knows that clocks change", () => {
    const hour = { mode: "hour", year: 2026, month: 3 } as const;
    const counts = ["2026-03-29T00:30Z", "2026-03-29T01:30Z"].map((text) => ({
      at: at(text),
      state: "success" as const,
      count: 1,
    }));
    const cells = calendarCells(counts, hour, "Europe/Berlin");
    expect([...cells.keys()].map((naive) => new Date(naive).toISOString().slice(11, 16))).toEqual(["01:00", "03:00"]);
  });

  test("adds up the states of one square", () => {
    const counts = (["success", "failed"] as const).map((state) => ({ at: at("2026-05-01T10:00Z"), state, count: 3 }));
    expect([...calendarCells(counts, day, "UTC").values()]).toEqual([
      { at: at("2026-05-01"), total: 6, byState: { success: 3, failed: 3 }, planned: 0 },
    ]);
  });

  test("asks for a year or a month as the zone has them, and steps from one to the next", () => {
    expect(new Date(instantsOf(day, "America/Los_Angeles").from).toISOString()).toBe("2026-01-01T08:00:00.000Z");
    expect(rangeOf({ mode: "hour", year: 2024, month: 2 }).to).toBe(at("2024-03-01"));
    expect(stepped({ mode: "hour", year: 2026, month: 1 }, -1)).toMatchObject({ year: 2025, month: 12 });
    expect(stepped(day, 1).year).toBe(2027);
  });

  test("leads from each day to its runs, and in words from the year to its months and their days", async () => {
    const { text } = await browser.page(`/dags/${WEATHER}/calendar`);
    expect(statements.splice(0)).toEqual([2]);
    const links = tagsOf(text).filter(({ attributes }) => attributes["href"]?.includes("runs?from=2026-11-19"));
    expect(links.map(({ attributes }) => attributes["tabindex"])).toEqual(["-1"]);
    const month = tagsOf(text).find(({ attributes }) =>
      attributes["href"]?.includes("mode=hour&amp;year=2026&amp;month=11"),
    );
    const days = await browser.page((month?.attributes["href"] ?? "").replaceAll("&amp;", "&"));
    const day = tagsOf(days.text).find(
      ({ attributes }) => attributes["tabindex"] === undefined && attributes["href"]?.includes("from=2026-11-19"),
    );
    expect(day?.attributes["href"]).toBe(links[0]?.attributes["href"]);
    const runs = await browser.page((links[0]?.attributes["href"] ?? "").replaceAll("&amp;", "&"));
    expect(runs.text.match(/data-key=/g)).toHaveLength(1);
    expect(runs.text).toContain("scheduled__2026-11-19");
  });

  test("marks days on which a run failed by more than a colour", async () => {
    const { text } = await browser.page(`/dags/${WEATHER}/calendar`);
    const drawing = text.slice(text.indexOf('<svg class="calendar" width="8'));
    expect(
      drawing.match(/is-failed level-4"[^>]*><\/rect><path class="mark"|is-failed level-4"[^>]*\/><path class="mark"/g),
    ).toHaveLength(4);
  });

  test("shows the runs that are planned, in the reader's zone, and says where it stops", async () => {
    const scheduler = platform.scheduler("earthquakes");
    const soon = Date.UTC(2026, 10, 30, 23, 30);
    scheduler.planned = { dueAts: [soon, soon + 900_000, soon + 3_600_000], isCut: false };
    const year = await browser.page("/dags/earthquakes/calendar");
    expect(year.text).toContain("2026-11-30: 2 planned");
    expect(year.text).toContain("2026-12-01: 1 planned");
    const inTokyo = await browser.page("/dags/earthquakes/calendar", { cookie: "zone=Asia/Tokyo" });
    expect(inTokyo.text).toContain("2026-12-01: 3 planned");
    const december = await browser.page("/dags/earthquakes/calendar?mode=hour&year=2026&month=12");
    expect(december.text).toContain("2026-12-01 00:00: 1 planned");
    expect(december.text).not.toContain("Planned runs are shown until");
    scheduler.planned = { ...scheduler.planned, isCut: true };
    const cut = await browser.page("/dags/earthquakes/calendar");
    expect(cut.text.replaceAll(/<[^>]*>/g, "")).toContain("Planned runs are shown until 2026-12-01 00:30:00 UTC");
  });

  test("shows nothing as planned for a paused DAG, for what has passed, and while the scheduler is away", async () => {
    const plannedIn = async (dag: string, rest = "") =>
      (await browser.page(`/dags/${dag}/calendar${rest}`)).text.includes('is-planned level-1"');
    expect(await plannedIn("export_parquet")).toBe(true);
    expect(await plannedIn("hello_cron")).toBe(false);
    expect(await plannedIn("export_parquet", "?year=2025")).toBe(false);
    platform.scheduler("export_parquet").isDown = true;
    expect(await plannedIn("export_parquet")).toBe(false);
    platform.scheduler("export_parquet").isDown = false;
  });

  test("of a year without runs says so", async () => {
    expect((await browser.page(`/dags/${WEATHER}/calendar?year=2019`)).text).toContain("No runs in 2019");
  });
});

describe("durations", () => {
  test("a mean and a median of nothing is nothing", () => {
    expect([meanOf([]), medianOf([]), medianOf([3, 1, 2]), medianOf([4, 1, 2, 3])]).toEqual([null, null, 2, 2.5]);
  });

  test("bars stay inside of the drawing, however long they are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ queuedMs: fc.nat(1e10), ranMs: fc.nat(1e10) }), { minLength: 1, maxLength: 40 }),
        (times) => {
          const bars = times.map((time) => ({
            ...time,
            state: "success" as const,
            isLive: false,
            href: "/",
            name: "run",
          }));
          const svg = String(durationChart(bars, null));
          for (const [, y, height] of svg.matchAll(
            /<rect class="is-queued"[^>]* y="([\d.-]+)"[^>]* height="([\d.]+)"/g,
          )) {
            expect(Number(y)).toBeGreaterThanOrEqual(5);
            expect(Number(y) + Number(height)).toBeLessThanOrEqual(160);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test("draw the runs, each a link, with the median and the slowest tasks", async () => {
    statements.splice(0);
    const { text } = await browser.page(`/dags/${WAREHOUSE}/durations`);
    expect(statements.splice(0)).toEqual([3]);
    expect(text).toContain(`href="/dags/${WAREHOUSE}/runs/${encodeURIComponent(warehouseRunId(0))}" aria-label=`);
    expect(text).toContain("Slowest tasks");
    expect(text).toContain('aria-label="Mean of load_partition"');
  });
});

describe("durations of one task", () => {
  test("are drawn over the runs that it ran in, each leading to the task there", async () => {
    const { text } = await browser.page(`/dags/${WAREHOUSE}/durations?task=refresh_search_index`);
    expect(text).toContain("Durations of refresh_search_index");
    // It came with the second version, four runs ago.
    const bars = tagsOf(text).filter(({ attributes }) => attributes["href"]?.endsWith("/tasks/refresh_search_index"));
    expect(bars).toHaveLength(8);
    const mapped = await browser.page(`/dags/${WAREHOUSE}/durations?task=load_partition&runs=25`);
    expect(mapped.text).toMatch(/success, waited 600 ms, ran \d+ s/);
  });

  test("that never ran are told", async () => {
    expect((await browser.page(`/dags/${WAREHOUSE}/durations?task=nobody`)).text).toContain(
      "It has not run in these runs",
    );
  });
});

describe("the list of runs", () => {
  const keysOf = async (search: string) =>
    (await browser.page(`/dags/${WEATHER}/runs${search}`)).text.match(/data-key="[^"]*"/g) ?? [];

  test("narrows by part of an id, type, version and when they were due", async () => {
    expect(await keysOf("?q=manual")).toHaveLength(1);
    expect(await keysOf("?type=manual")).toHaveLength(1);
    expect(await keysOf("?version=7")).toHaveLength(0);
    expect(await keysOf("?from=2026-11-20&to=2026-11-21T12:00:00Z")).toHaveLength(2);
  });

  test("says which date it cannot read, and shows the runs without it", async () => {
    const { text } = await browser.page(`/dags/${WEATHER}/runs?from=soon`);
    const field = tagsOf(text).find(({ attributes }) => attributes["name"] === "from");
    expect(field?.attributes).toMatchObject({
      "aria-invalid": "true",
      "aria-describedby": "bounds-misread",
      value: "soon",
    });
    expect(from(text, "bounds-misread")).toContain("“from soon” is no date");
    expect(text.match(/data-key="/g)).toHaveLength(24);
  });
});

describe("the tasks of a DAG", () => {
  test("are found by name, kind and pool", async () => {
    const found = async (q: string) =>
      (await browser.page(`/dags/${WAREHOUSE}/tasks?q=${q}`)).text.match(/<tr id="task-/g)?.length ?? 0;
    expect([await found(""), await found("mapped"), await found("STAGING"), await found("nothing")]).toEqual([
      23, 1, 5, 0,
    ]);
  });
});

describe("a task's docs and code", () => {
  const task = `/dags/${WAREHOUSE}/runs/${encodeURIComponent(warehouseRunId(2))}/tasks/marts.sales.daily`;

  test("are Markdown as the build has read it, and as typed where it has not", async () => {
    const { text } = await browser.page(`${task}/details`);
    expect(text).toContain("<strong>Late orders</strong> count for the day");
    expect(text).toContain('<a href="https://example.org/rules/refunds" rel="noopener noreferrer">');
    const plain = await browser.page(`/dags/${WEATHER}/runs/${encodeURIComponent(FAILED_RUN)}/tasks/extract/details`);
    expect(plain.text).not.toContain("Documentation");
  });

  test("are in colours, with the way to the line that names the task", async () => {
    const { text } = await browser.page(`${task.replace("marts.sales.daily", "refresh_search_index")}/code`);
    expect(text).toContain('<span class="word-keyword">import</span>');
    expect(text).toContain("To the task, line 9");
  });
});

describe("code", () => {
  test("stands in colours that the build found, and plain where it did not", async () => {
    expect((await browser.page(`/dags/${WAREHOUSE}/code`)).text).toContain('<span class="word-keyword">import</span>');
    expect((await browser.page(`/dags/${WEATHER}/code`)).text).toContain('<li id="L1">import { cron, dag, z }');
  });

  test("of two versions is told as what is gone and what is new", async () => {
    const { text } = await browser.page(`/dags/${WAREHOUSE}/code?version=2&against=1`);
    expect(text).toContain("2 lines added, 1 line removed");
    expect(text.match(/<tr class="is-removed">/g)).toHaveLength(1);
  });

  test("that is the same in both, and a version that is not there, are told", async () => {
    expect((await browser.page(`/dags/${WEATHER}/code?version=2&against=1`)).text).toContain("The file is the same");
    expect((await browser.page(`/dags/${WAREHOUSE}/code?version=9`)).text).toContain("not in the catalog");
    expect((await browser.page(`/dags/${WAREHOUSE}/code?version=2&against=9`)).text).not.toContain("lines added");
  });

  test("docs are formatted, and their links lead elsewhere without telling from where", async () => {
    const { text } = await browser.page(`/dags/${WAREHOUSE}/details`);
    expect(text).toContain(
      '<a href="https://example.org/runbooks/warehouse" rel="noopener noreferrer">the runbook</a>',
    );
    expect(text).toContain("<strong>five sources</strong>");
  });
});

describe("the details of a DAG", () => {
  test("say what becomes of failures and of runs that are late", async () => {
    const spec = makeSpec("strict", {
      failFast: true,
      maxConsecutiveFailedDagRuns: 3,
      callbacks: ["failure"],
      deadlines: [{ reference: { type: "queued_at" }, intervalMs: 3_600_000 }],
    });
    platform.scheduler("strict").view = makeDagView("strict", {});
    const versions = [makeVersion({ dagId: "strict", specJson: JSON.stringify(spec) })];
    await platform.project({ dag: makeDag({ dagId: "strict" }), versions });
    const text = (await browser.page("/dags/strict/details")).text.replaceAll(/<[^>]*>/g, " ");
    for (const part of [
      "the first failed task ends the run",
      "after 3 failed runs in a row",
      "1h 00m after the run was queued",
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe("diffLines()", () => {
  const texts = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 40 });

  test("is a way from the one text to the other", () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const lines = diffLines(before, after);
        const of = (side: "before" | "after") => lines.flatMap((line) => line[side] ?? []);
        expect(of("before")).toEqual(before.map((_, place) => place));
        expect(of("after")).toEqual(after.map((_, place) => place));
        for (const { type, before: left, after: right } of lines) {
          if (type === "same") expect(before[left ?? -1]).toBe(after[right ?? -2]);
        }
      }),
    );
  });

  test("is the shortest one", () => {
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const same = diffLines(before, after).filter(({ type }) => type === "same").length;
        expect(same).toBe(longestCommon(before, after));
      }),
    );
  });

  test("of texts that have nothing in common ends all the same", () => {
    const before = Array.from({ length: 3_000 }, (_, place) => `a${place}`);
    const after = Array.from({ length: 3_000 }, (_, place) => `b${place}`);
    expect(diffLines(before, after)).toHaveLength(6_000);
  });

  test("leaves out what is far from a change, and says how much", () => {
    const before = Array.from({ length: 100 }, (_, place) => String(place));
    const shown = withContext(diffLines(before, before.toSpliced(50, 1)), 2);
    expect(shown.map((line) => (typeof line === "number" ? line : line.type))).toEqual([
      48,
      "same",
      "same",
      "removed",
      "same",
      "same",
      47,
    ]);
  });
});

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const next = [0];
    for (const [place, y] of b.entries()) {
      next.push(x === y ? (row[place] ?? 0) + 1 : Math.max(row[place + 1] ?? 0, next[place] ?? 0));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
