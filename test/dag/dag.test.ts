import { cron, type DagDefinition, dag, every, once, z } from "updraft";
import { expect, test } from "vitest";

function upstreamOf(definition: DagDefinition): Record<string, readonly string[]> {
  return Object.fromEntries(definition.spec.tasks.map((task) => [task.taskId, task.upstream]));
}

test("dag() fills in every default", () => {
  const { spec } = dag("bare", {}, ({ task }) => {
    task("only", () => 1);
  });
  expect(spec).toEqual({
    v: 1,
    dagId: "bare",
    description: null,
    docs: null,
    owner: "updraft",
    tags: [],
    schedule: { type: "manual" },
    startAt: null,
    endAt: null,
    catchup: false,
    maxActiveRuns: 16,
    maxActiveTasks: null,
    dagRunTimeoutMs: null,
    isPausedUponCreation: false,
    params: null,
    tasks: [
      {
        taskId: "only",
        groupId: null,
        description: null,
        docs: null,
        owner: "updraft",
        upstream: [],
        inputs: {},
        triggerRule: "all_success",
        retries: 0,
        retryDelayMs: 300_000,
        retryExponentialBackoff: 0,
        maxRetryDelayMs: null,
        executionTimeoutMs: null,
        pool: "default_pool",
        poolSlots: 1,
        priorityWeight: 1,
        executor: "queue",
        queue: null,
      },
    ],
    groups: [],
  });
});

test("dag() writes every option in the units of the spec, and the spec is plain JSON", () => {
  const { spec } = dag(
    "full",
    {
      schedule: cron("0 6 * * *", { timezone: "America/Los_Angeles", dataInterval: true }),
      startDate: "2026-01-01",
      endDate: "2026-07-01T12:00:00Z",
      catchup: true,
      params: z.object({ year: z.int().min(2012).max(2015).default(2015) }),
      maxActiveRuns: 2,
      maxActiveTasks: 8,
      dagRunTimeout: "2h",
      pausedOnCreation: true,
      tags: ["weather", "demo", "weather"],
      owner: "ada",
      description: "one line",
      docs: "# Title",
    },
    ({ task }) => {
      task(
        "work",
        {
          retries: 3,
          retryDelay: "1m 30s",
          retryExponentialBackoff: true,
          maxRetryDelay: 60_000,
          executionTimeout: "13 min",
          triggerRule: "none_failed",
          pool: "narrow",
          poolSlots: 2,
          priorityWeight: -5,
          executor: "local",
          queue: "tasks-long",
          owner: "grace",
          description: "does it",
          docs: "how",
        },
        () => null,
      );
    },
  );
  expect(spec).toMatchObject({
    schedule: { type: "cron", expression: "0 6 * * *", timezone: "America/Los_Angeles", dataInterval: true },
    startAt: Date.UTC(2026, 0, 1, 8),
    endAt: Date.UTC(2026, 6, 1, 12),
    catchup: true,
    maxActiveRuns: 2,
    maxActiveTasks: 8,
    dagRunTimeoutMs: 7_200_000,
    isPausedUponCreation: true,
    tags: ["weather", "demo"],
    owner: "ada",
    description: "one line",
    docs: "# Title",
  });
  expect(spec.params).toMatchObject({
    type: "object",
    properties: { year: { type: "integer", minimum: 2012, maximum: 2015, default: 2015 } },
  });
  expect(spec.tasks[0]).toMatchObject({
    retries: 3,
    retryDelayMs: 90_000,
    retryExponentialBackoff: 2,
    maxRetryDelayMs: 60_000,
    executionTimeoutMs: 780_000,
    triggerRule: "none_failed",
    pool: "narrow",
    poolSlots: 2,
    priorityWeight: -5,
    executor: "local",
    queue: "tasks-long",
    owner: "grace",
    description: "does it",
    docs: "how",
  });
  expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
});

test("the nearest default wins: the task's own, then its groups' from inside out, then the DAG's", () => {
  const { spec } = dag("layers", { owner: "dag", defaults: { retries: 1, pool: "dag" } }, ({ task, group }) => {
    group("outer", { defaults: { retries: 2, owner: "outer" } }, () => {
      group("inner", { defaults: { retries: 3 } }, () => {
        task("own", { retries: 4 }, () => {});
        task("inner", () => {});
      });
      task("outer", () => {});
    });
    task("dag", () => {});
  });
  expect(spec.tasks.map((task) => [task.taskId, task.retries, task.owner, task.pool])).toEqual([
    ["outer.inner.own", 4, "outer", "dag"],
    ["outer.inner.inner", 3, "outer", "dag"],
    ["outer.outer", 2, "outer", "dag"],
    ["dag", 1, "dag", "dag"],
  ]);
});

test("inputs, after, before and chain make edges, each written once and in order of definition", () => {
  const definition = dag("edges", {}, ({ task, chain }) => {
    const a = task("a", () => 1);
    const b = task("b", { inputs: { a } }, () => 2);
    const c = task("c", { inputs: { b, first: a }, after: [a, b] }, () => 3);
    const d = task("d", { before: a }, () => 4);
    const e = task("e", () => 5)
      .after(c, [b, d])
      .before(task("f", () => 6));
    chain(d, [b, c], [e, task("g", () => 7)]);
  });
  expect(upstreamOf(definition)).toEqual({
    a: ["d"],
    b: ["a", "d"],
    c: ["a", "b", "d"],
    d: [],
    e: ["b", "c", "d"],
    f: ["e"],
    g: ["c"],
  });
  const c = definition.spec.tasks.find((task) => task.taskId === "c");
  expect(c?.inputs).toEqual({ b: "b", first: "a" });
});

test("tasks are in topological order, and in order of definition where that leaves a choice", () => {
  const { spec } = dag("order", {}, ({ task }) => {
    const last = task("last", () => {});
    const middle = task("middle", () => {}).before(last);
    task("unrelated", () => {});
    task("first", () => {}).before(middle);
  });
  expect(spec.tasks.map((task) => task.taskId)).toEqual(["first", "middle", "last", "unrelated"]);
});

test("a chain of 20,000 tasks defined backwards is put in order", () => {
  const { spec } = dag("long", {}, ({ task }) => {
    let next = task("t0", () => {});
    for (let place = 1; place < 20_000; place += 1) next = task(`t${place}`, () => {}).before(next);
  });
  expect(spec.tasks[0]?.taskId).toBe("t19999");
  expect(spec.tasks.at(-1)?.taskId).toBe("t0");
});

test("a group puts its id in front, and stands for its first and its last tasks", () => {
  const definition = dag("groups", {}, ({ task, group, chain }) => {
    const start = task("start", () => {});
    const load = group("load", { label: "Load it" }, () => {
      const left = task("left", () => 1);
      const right = task("right", () => 2);
      const inner = group("inner", () => {
        chain(
          task("x", () => {}),
          task("y", () => {}),
        );
      });
      inner.after(left);
      return { left, right };
    });
    const end = task("end", { inputs: { left: load.result.left } }, ({ left }) => left + 1);
    chain(start, load, end);
  });
  expect(definition.spec.groups).toEqual([
    { groupId: "load", parentId: null, label: "Load it" },
    { groupId: "load.inner", parentId: "load", label: "inner" },
  ]);
  expect(upstreamOf(definition)).toEqual({
    start: [],
    "load.left": ["start"],
    "load.right": ["start"],
    "load.inner.x": ["load.left"],
    "load.inner.y": ["load.inner.x"],
    end: ["load.left", "load.right", "load.inner.y"],
  });
  expect(definition.spec.tasks.find((task) => task.taskId === "load.inner.x")?.groupId).toBe("load.inner");
});

test("edges of a group hold for tasks that are added to the group's inside later in the definition", () => {
  const definition = dag("late", {}, ({ task, group }) => {
    let start = task("start", () => {});
    const load = group("load", () => {
      task("a", () => {}).after(start);
      start = task("b", () => {});
    });
    task("end", () => {}).after(load);
    start.after(task("zero", () => {}));
  });
  expect(upstreamOf(definition)["end"]).toEqual(["load.a", "load.b"]);
});

test("functions are found by task id, and only those", async () => {
  const { functions } = dag("lookup", {}, ({ task, group }) => {
    task("constructor", () => "built");
    group("g", () => {
      task("t", async () => "grouped");
    });
  });
  expect(Object.keys(functions)).toEqual(["constructor", "g.t"]);
  expect(functions["constructor"]?.({})).toBe("built");
  expect(await functions["g.t"]?.({})).toBe("grouped");
  expect(functions["toString"]).toBeUndefined();
});

test("a date without an offset is midnight in the schedule's zone, with one it is what it says", () => {
  const startOf = (startDate: string | Date, timezone?: string) =>
    dag(
      "dates",
      { startDate, schedule: timezone === undefined ? every("1 day") : cron("0 0 * * *", { timezone }) },
      () => {},
    ).spec.startAt;
  expect(startOf("2026-07-01")).toBe(Date.UTC(2026, 6, 1));
  expect(startOf("2026-07-01", "Asia/Kolkata")).toBe(Date.UTC(2026, 5, 30, 18, 30));
  expect(startOf("2026-07-01T00:00:00+02:00", "Asia/Kolkata")).toBe(Date.UTC(2026, 5, 30, 22));
  expect(startOf(new Date(7), "Asia/Kolkata")).toBe(7);
});

test("a definition is the same each time, so that its hash tells whether it changed", () => {
  const define = () =>
    dag("stable", { schedule: once(), params: z.object({ a: z.string().default("x") }) }, ({ task }) => {
      task("b", () => {}).after(task("a", () => {}));
    });
  expect(JSON.stringify(define().spec)).toBe(JSON.stringify(define().spec));
});
