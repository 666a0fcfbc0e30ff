import { describe, expect, test } from "vitest";
import { domId } from "../../src/web/dom-id.ts";
import { formatBytes, formatDuration, formatInstant, formatRelative } from "../../src/web/format.ts";
import { fillRow, planRows } from "../../src/web/pages/dag/grid-rows.ts";
import { orderByTask } from "../../src/web/pages/runs/order.ts";
import { needsNewLog } from "../../src/web/pages/task-instances/log-page.tsx";
import { confOf, fieldsOf } from "../../src/web/pages/trigger/fields.ts";
import { parseAnsi } from "../../src/web/parts/ansi.ts";
import { paths } from "../../src/web/paths.ts";
import { ptagOf } from "../../src/web/ptag.ts";
import { aggregateState } from "../../src/web/states.ts";
import { cellLetters, gridCells } from "../../src/web/svg/grid-cells.ts";
import { runBars } from "../../src/web/svg/run-bars.ts";
import { waterfallRow } from "../../src/web/svg/waterfall.ts";
import { makeTaskSpec } from "../api/specs.ts";
import { makeTaskInstance } from "../fixtures/projections.ts";
import { weatherSpec } from "./showcase.ts";

const AT = Date.UTC(2026, 10, 22, 11, 24, 7);

describe("formats", () => {
  test("an instant carries its zone, and a zone shifts it", () => {
    expect(formatInstant(AT)).toBe("2026-11-22 11:24:07 UTC");
    expect(formatInstant(AT, "Europe/Berlin")).toBe("2026-11-22 12:24:07 CET");
    expect(formatInstant(9e15)).toBe("invalid time");
  });

  test.each([
    [0, "now"],
    [-12_000, "12 s ago"],
    [-190_000, "3 min ago"],
    [3_600_000, "in 1 h"],
    [-259_200_000, "3 d ago"],
  ])("an age of %d ms reads %s", (ms, text) => {
    expect(formatRelative(AT + ms, AT)).toBe(text);
  });

  test.each([
    [0, "0 ms"],
    [350, "350 ms"],
    [4_210, "4.2 s"],
    [59_499, "59 s"],
    [72_000, "1m 12s"],
    [11_100_000, "3h 05m"],
    [187_200_000, "2d 4h"],
    [-5, "0 ms"],
  ])("a duration of %d ms reads %s", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test("bytes are counted in thousands", () => {
    expect([999, 48_211, 3_100_000].map(formatBytes)).toEqual(["999 B", "48.2 kB", "3.1 MB"]);
  });
});

describe("domId()", () => {
  test("keeps different ids apart and makes no selector of them", () => {
    expect(domId("task", "load.orders")).toBe("task-load_2e_orders");
    expect(domId("task", "a_b")).not.toBe(domId("task", "a.b"));
    expect(domId("xcom", `"><script>`)).toMatch(/^[\w-]+$/);
  });
});

describe("paths", () => {
  test("encode what ids may hold", () => {
    expect(paths.run("a.b", "manual__2026-01-01T00:00:00+00:00")).toBe(
      "/dags/a.b/runs/manual__2026-01-01T00%3A00%3A00%2B00%3A00",
    );
    expect(paths.task({ dagId: "d", runId: "r", taskId: "t", mapIndex: 3, tryNumber: 2 }, "/log")).toBe(
      "/dags/d/runs/r/tasks/t/log?map_index=3&try=2",
    );
    expect(paths.dag("a/../b")).toBe("/dags/a%2F..%2Fb");
  });
});

describe("parseAnsi()", () => {
  test("turns colours and weights into classes and ends them", () => {
    expect(parseAnsi("a \u001b[1;31mb\u001b[22m c\u001b[0m d")).toEqual([
      { text: "a ", className: "" },
      { text: "b", className: "ansi-red ansi-bold" },
      { text: " c", className: "ansi-red" },
      { text: " d", className: "" },
    ]);
  });

  test("drops what it does not know: cursor moves, links, colours of 256, a lone escape", () => {
    const text = "x\u001b[2Ky\u001b]8;;https://example.org\u0007z\u001b[38;5;196mw\u001b[38;2;1;2;3mv\u001b";
    expect(
      parseAnsi(text)
        .map((span) => span.text)
        .join(""),
    ).toBe("xyzwv");
    expect(parseAnsi(text).every((span) => span.className === "")).toBe(true);
  });
});

describe("the rows of the grid", () => {
  const cells = (taskId: string) => [
    { state: taskId === "means.spring" ? ("failed" as const) : ("success" as const), count: 1 },
    null,
  ];
  const rowsOf = (spec: Parameters<typeof planRows>[0], isOpen?: (groupId: string) => boolean) =>
    planRows(spec, isOpen).map((row) => fillRow(row, cells));

  test("puts tasks under their groups, in the order of the graph", () => {
    const rows = rowsOf(weatherSpec());
    expect(rows.map(({ label, depth }) => `${"  ".repeat(depth)}${label}`).slice(2, 6)).toEqual([
      "split_by_month",
      "means",
      "  winter",
      "  spring",
    ]);
  });

  test("a group shows the most urgent state of its members, per run, also when it is closed", () => {
    const stateOf = (isOpen: boolean) =>
      rowsOf(weatherSpec(), () => isOpen).find(({ label }) => label === "means")?.states;
    expect([stateOf(true), stateOf(false)]).toEqual([
      ["failed", null],
      ["failed", null],
    ]);
  });

  test("a closed group hides its members", () => {
    const rows = rowsOf(weatherSpec(), (groupId) => groupId !== "means");
    expect(rows.some(({ taskId }) => taskId === "means.spring")).toBe(false);
    expect(rows.some(({ taskId }) => taskId === "report.table")).toBe(true);
  });

  test("nested groups lie inside each other, and a parent counts what its children hold", () => {
    const { tasks } = weatherSpec();
    const rows = rowsOf({
      tasks,
      groups: [
        { groupId: "all", parentId: null, label: "all" },
        { groupId: "means", parentId: "all", label: "means" },
        { groupId: "report", parentId: null, label: "report" },
      ],
    });
    expect(rows.filter(({ taskId }) => taskId === null).map(({ label, depth }) => [label, depth])).toEqual([
      ["all", 0],
      ["means", 1],
      ["report", 0],
    ]);
    expect(rows.find(({ label }) => label === "all")?.states[0]).toBe("failed");
  });

  test("tell how many instances a mapped task has, and nothing where there is one", () => {
    const [plan] = planRows({ tasks: [makeTaskSpec("load")], groups: [] });
    if (plan === undefined) throw new Error("one task makes one row");
    const of = (count: number) => fillRow(plan, () => [{ state: "success", count }, null]);
    expect([of(6).counts, of(1).counts]).toEqual([[6, 0], undefined]);
  });
});

describe("aggregateState()", () => {
  test("takes Airflow's order", () => {
    expect(aggregateState(["success", "running", "up_for_retry"])).toBe("up_for_retry");
    expect(aggregateState(["success", "skipped"])).toBe("success");
    expect(aggregateState([null, null])).toBeNull();
  });
});

describe("orderByTask()", () => {
  const instances = [
    makeTaskInstance({ taskId: "c", state: "failed" }),
    makeTaskInstance({ taskId: "b", state: "upstream_failed" }),
    makeTaskInstance({ taskId: "a", state: "success" }),
  ];
  const order = (failuresFirst: boolean) =>
    orderByTask(instances, { taskIds: ["a", "b", "c"], failuresFirst })
      .map(({ taskId }) => taskId)
      .join("");

  test("keeps the graph's order while a run is live, and puts failures first afterwards", () => {
    expect(order(false)).toBe("abc");
    expect(order(true)).toBe("cba");
  });
});

describe("needsNewLog()", () => {
  const running = makeTaskInstance({ state: "running", tryNumber: 2 });
  const failed = makeTaskInstance({ state: "failed", tryNumber: 2 });

  test("a log of another try, or one that starts to grow, is drawn anew; one that is followed is not", () => {
    expect(needsNewLog("1-still", running)).toBe(true);
    expect(needsNewLog("1-live", running)).toBe(true);
    expect(needsNewLog("2-still", running)).toBe(true);
    expect(needsNewLog("2-live", running)).toBe(false);
    expect(needsNewLog("2-live", failed)).toBe(false);
    expect(needsNewLog("2-still", failed)).toBe(false);
  });
});

describe("the fields of params", () => {
  const fields = fieldsOf(weatherSpec().params);
  const read = (values: Readonly<Record<string, string | readonly string[]>>, zone = "UTC") =>
    confOf(
      fields,
      {
        text: (name) => [values[name] ?? []].flat().at(-1) ?? null,
        list: (name) => [values[name] ?? []].flat(),
      },
      zone,
    );

  test("follow the schema", () => {
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ["year", "integer"],
      ["station", "text"],
      ["unit", "choice"],
      ["dry_run", "boolean"],
      ["thresholds", "json"],
      ["seasons", "choices"],
      ["since", "date"],
      ["before", "datetime"],
      ["recipients", "lines"],
      ["preamble", "multiline"],
    ]);
  });

  test("several of a list, lines and instants become what the schema asks for", () => {
    const typed = {
      seasons: ["", "0", "3"],
      since: "2026-01-31",
      before: "2026-07-01T06:00",
      recipients: "ada@example.org\n\ngrace@example.org",
    };
    expect(read(typed, "Europe/Berlin").conf).toMatchObject({
      seasons: ["winter", "autumn"],
      since: "2026-01-31",
      before: "2026-07-01T04:00:00.000Z",
      recipients: ["ada@example.org", "grace@example.org"],
    });
    expect(read({ before: "someday" }).errors["before"]).toContain("Expected a date");
  });

  test("none of a list is a choice too, unlike a list that was not asked for", () => {
    expect(read({ seasons: [""] }).conf["seasons"]).toEqual([]);
    expect(read({}).conf).not.toHaveProperty("seasons");
  });

  test("become a conf of the right types, and an empty number, date or choice leaves the default", () => {
    expect(read({ year: "", since: "", unit: "1", dry_run: "true", thresholds: "[1, 2]" })).toEqual({
      conf: { unit: "fahrenheit", dry_run: true, thresholds: [1, 2] },
      errors: {},
    });
  });

  test("a text or a list that was emptied is empty, and does not get its default back", () => {
    const { conf } = read({ station: "", recipients: "", preamble: "" });
    expect(conf).toEqual({ dry_run: false, station: "", recipients: [] });
    expect(read({}).conf).toEqual({ dry_run: false });
  });

  test("name what cannot be read", () => {
    expect(read({ year: "soon", unit: "9", thresholds: "[1," }).errors).toEqual({
      year: 'Expected a number, got "soon"',
      unit: "Choose one of the list",
      thresholds: expect.stringMatching(/^Expected JSON: /),
    });
  });

  test("a nullable type is its other type, and anything else is JSON", () => {
    const schema = {
      properties: {
        a: { anyOf: [{ type: "number" }, { type: "null" }] },
        b: { anyOf: [{ type: "number" }, { type: "string" }] },
        c: {},
      },
    };
    expect(fieldsOf(schema).map(({ kind }) => kind)).toEqual(["number", "json", "json"]);
  });

  test("what a nullable type allows is told as without null, which is one more choice of a list", () => {
    const nothing = { type: "null" };
    const [unit, count] = fieldsOf({
      properties: {
        unit: { anyOf: [{ type: "string", enum: ["C", "F"] }, nothing], default: "F", title: "Unit" },
        count: { anyOf: [{ type: "integer", minimum: 1, maximum: 3 }, nothing] },
      },
    });
    expect(unit).toMatchObject({ kind: "choice", choices: ["C", "F", null], initial: "F", title: "Unit" });
    expect(count).toMatchObject({ kind: "integer", min: 1, max: 3 });
  });

  test("begin with what is given before the default", () => {
    expect(fieldsOf(weatherSpec().params, { year: 2012 })[0]?.initial).toBe(2012);
  });
});

describe("SVG builders", () => {
  test("a row of cells is one path per state, and one for all marks, however many runs", () => {
    const states = Array.from({ length: 25 }, (_, place) =>
      place % 5 === 0 ? ("failed" as const) : ("success" as const),
    );
    const svg = String(gridCells({ label: "load", taskId: "load", states }));
    expect(svg.match(/<path/g)).toHaveLength(3);
    expect(svg).toContain('width="400"');
    const letters: Record<string, string> = JSON.parse(cellLetters());
    const told = /data-cells="([^"]*)"/.exec(svg)?.[1] ?? "";
    expect([...told].map((letter) => letters[letter])).toEqual(states);
  });

  test("escape what they are given", () => {
    const svg = String(gridCells({ label: `"><script>`, taskId: `"x`, states: [] }));
    expect(svg).toContain('data-label="&quot;&gt;&lt;script&gt;"');
    expect(String(runBars([], { label: `"<`, now: 0 }))).toContain('aria-label="&quot;&lt;"');
  });

  test("a waterfall row splits waiting from running, in percent of the run", () => {
    const svg = String(
      waterfallRow({ state: "success", queuedAt: 0, startAt: 25, endAt: 75 }, { from: 0, to: 100 }, 100),
    );
    expect(svg).toContain('<rect class="is-queued" x="0%" y="5" width="25%"');
    expect(svg).toContain('<rect x="25%" y="5" width="50%"');
    expect(svg).toContain("queued 25 ms, ran 50 ms");
  });

  test("times outside of the run stay inside of the drawing", () => {
    const svg = String(
      waterfallRow({ state: "failed", queuedAt: -500, startAt: 900, endAt: 5_000 }, { from: 0, to: 100 }, 0),
    );
    for (const [, x, width] of svg.matchAll(/<rect[^>]* x="([\d.-]+)%"[^>]* width="([\d.]+)%"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x) + Number(width)).toBeLessThanOrEqual(100.01);
    }
  });
});

describe("ptagOf()", () => {
  test("is the same for the same data and another for any change", () => {
    expect(ptagOf({ a: [1, 2] })).toBe(ptagOf({ a: [1, 2] }));
    expect(ptagOf({ a: [1, 2] })).not.toBe(ptagOf({ a: [2, 1] }));
    expect(ptagOf({ a: "x" }, 1)).not.toBe(ptagOf({ a: "x" }, 2));
  });
});
