import {
  continuous,
  cron,
  crons,
  type DagOptions,
  DefinitionError,
  dag,
  events,
  every,
  type Schedule,
  type Task,
  timetable,
  z,
} from "updraft";
import { describe, expect, test } from "vitest";

function messageOf(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    expect(error).toBeInstanceOf(DefinitionError);
    return error instanceof Error ? error.message : "";
  }
  throw new Error("the definition was accepted");
}

const nothing = () => {};

/** What an author without a type check may write. */
function untyped<T>(value: unknown): T {
  return value as T;
}

describe("ids", () => {
  test.each(["", "two words", "ä", "a/b", "x".repeat(251)])("dag() refuses the id %j", (id) => {
    expect(messageOf(() => dag(id, {}, nothing))).toBe(
      `Cannot load DAG ${JSON.stringify(id)}: bad id: it must be 1 to 250 letters, digits, _, . and -`,
    );
  });

  test("task() refuses a bad id and names the DAG", () => {
    expect(messageOf(() => dag("d", {}, ({ task }) => void task("a b", nothing)))).toBe(
      'Cannot load DAG "d", task "a b": bad id: it must be 1 to 250 letters, digits, _, . and -, with the ids of its groups in front',
    );
  });

  test("the length of an id counts its groups", () => {
    const define = () => dag("d", {}, ({ task, group }) => group("g".repeat(200), () => task("t".repeat(60), nothing)));
    expect(messageOf(define)).toMatch(/bad id/);
  });

  test("an id cannot be used twice, nor by a task and a group", () => {
    expect(
      messageOf(() =>
        dag("d", {}, ({ task }) => {
          task("a", nothing);
          task("a", nothing);
        }),
      ),
    ).toBe('Cannot load DAG "d", task "a": the id is taken by another task: rename one of them');
    expect(
      messageOf(() =>
        dag("d", {}, ({ task, group }) => {
          group("a", nothing);
          task("a", nothing);
        }),
      ),
    ).toBe('Cannot load DAG "d", task "a": the id is taken by another group: rename one of them');
  });

  test("the id of a group has no dot", () => {
    expect(messageOf(() => dag("d", {}, ({ group }) => void group("a.b", nothing)))).toMatch(
      /^Cannot load DAG "d", group "a\.b": bad id: it must be .* \(a dot parts it/,
    );
  });
});

describe("edges", () => {
  test("a cycle is named from its beginning to its end", () => {
    const define = () =>
      dag("d", {}, ({ task, chain }) => {
        const start = task("start", nothing);
        const a = task("a", nothing);
        const b = task("b", nothing);
        const c = task("c", nothing);
        chain(start, a, b, c, a);
      });
    expect(messageOf(define)).toBe(
      'Cannot load DAG "d": these tasks wait for each other: a → b → c → a; remove one of these edges',
    );
  });

  test("a group that is one cycle is named as such", () => {
    const define = () =>
      dag("d", {}, ({ task, group }) => {
        const loop = group("loop", () => {
          const a = task("a", nothing);
          a.after(task("b", nothing).after(a));
        });
        task("end", nothing).after(loop);
      });
    expect(messageOf(define)).toMatch(/wait for each other: loop\.a → loop\.b → loop\.a/);
  });

  test("a task cannot follow itself", () => {
    const define = () =>
      dag("d", {}, ({ task }) => {
        const a = task("a", nothing);
        a.after(a);
      });
    expect(messageOf(define)).toBe('Cannot load DAG "d": task "a" is set to run after itself: remove that edge');
  });

  test("an input from another DAG is refused with the name of that DAG", () => {
    let foreign: Task<number> | undefined;
    dag("other", {}, ({ task }) => {
      foreign = task("number", () => 1);
    });
    const define = () =>
      dag("d", {}, ({ task }) => {
        if (foreign !== undefined) task("use", { inputs: { foreign } }, nothing);
      });
    expect(messageOf(define)).toBe(
      'Cannot load DAG "d", task "use": input "foreign" is "number" of the DAG "other": a DAG can only connect its own tasks',
    );
    expect(messageOf(() => dag("d", {}, ({ task }) => void task("use", nothing).after(foreign ?? [])))).toMatch(
      /task "use": an edge is "number" of the DAG "other"/,
    );
  });

  test("what is not a task is refused as an input and as an end of an edge", () => {
    const id = untyped<Task<unknown>>("a");
    expect(messageOf(() => dag("d", {}, ({ task }) => void task("b", { inputs: { id } }, nothing)))).toBe(
      'Cannot load DAG "d", task "b": input "id" is not a task: expected what task() or group() returned, got string',
    );
    expect(messageOf(() => dag("d", {}, ({ chain }) => chain(id, id)))).toMatch(
      /DAG "d", chain\(\): an edge is not a task/,
    );
  });

  test("a group is no input, and an empty one has no ends", () => {
    const asInput = () =>
      dag("d", {}, ({ task, group }) => {
        const g = untyped<Task<unknown>>(group("g", nothing));
        task("b", { inputs: { g } }, nothing);
      });
    expect(messageOf(asInput)).toMatch(/input "g" is a group: name one of its tasks/);
    const empty = () => dag("d", {}, ({ task, group }) => void task("b", nothing).after(group("g", nothing)));
    expect(messageOf(empty)).toBe(
      'Cannot load DAG "d": group "g" has no tasks to connect: add one, or remove the edge',
    );
  });

  test("a group cannot be connected with what is inside it", () => {
    const define = () =>
      dag("d", {}, ({ task, group }) => {
        const g = group("g", () => task("a", nothing));
        g.before(g.result);
      });
    expect(messageOf(define)).toMatch(/group "g" is connected with task "g\.a", which is inside it/);
  });

  test("chain() joins lists of one length only", () => {
    const define = () =>
      dag("d", {}, ({ task, chain }) => {
        const [a, b, c] = [task("a", nothing), task("b", nothing), task("c", nothing)];
        chain([a, b], [c]);
      });
    expect(messageOf(define)).toMatch(/chain\(\): links 1 and 2 are lists of 2 and 1: give them one length/);
  });

  test("nothing can be added when the DAG is complete", () => {
    let late: (() => unknown) | undefined;
    let edge: (() => unknown) | undefined;
    dag("d", {}, ({ task }) => {
      const a = task("a", nothing);
      late = () => task("b", nothing);
      edge = () => a.after(a);
    });
    expect(messageOf(() => late?.())).toMatch(/DAG "d", task "b": added after the DAG was complete/);
    expect(messageOf(() => edge?.())).toMatch(/DAG "d", task "a": added after the DAG was complete/);
  });

  test("the functions that add tasks are not asynchronous", () => {
    expect(
      messageOf(() =>
        dag(
          "d",
          {},
          untyped<() => void>(async () => {}),
        ),
      ),
    ).toMatch(/DAG "d": the function that adds tasks is asynchronous/);
    expect(messageOf(() => dag("d", {}, ({ group }) => void group("g", async () => {})))).toMatch(/DAG "d", group "g"/);
  });
});

describe("task options", () => {
  const optionsMessage = (options: object) =>
    messageOf(() => dag("d", {}, ({ task }) => void task("t", untyped<{ retries: number }>(options), nothing)));

  test.each([
    [{ retries: -1 }, "retries must be a whole number of 0 to 10000, got -1"],
    [{ retries: 1.5 }, "retries must be a whole number of 0 to 10000, got 1.5"],
    [{ retryDelay: "soon" }, 'retryDelay: Cannot read duration "soon": expected a number and a unit'],
    [{ retryDelay: -5 }, "retryDelay must be a text such as"],
    [{ retryExponentialBackoff: -1 }, "retryExponentialBackoff must be true, false or a factor"],
    [{ executionTimeout: 0 }, "whole number of milliseconds of at least 1, got 0"],
    [
      { executionTimeout: "14 min" },
      'executionTimeout must be at most 13 min with the executor "queue", got 14 min; split the task into shorter ones',
    ],
    [{ poolSlots: 0 }, "poolSlots must be a whole number of at least 1, got 0"],
    [{ pool: "" }, "pool must be a name of 1 to 250 characters"],
    [{ priorityWeight: 2 ** 31 }, "priorityWeight must be a whole number"],
    [{ triggerRule: "all_good" }, "triggerRule must be one of all_success, all_failed,"],
    [{ executor: "celery" }, 'executor must be one of queue, local, sequential, got "celery"'],
    [{ docs: 3 }, "docs must be a text, got 3"],
    [{ queue: "fast" }, 'queue must be one of tasks, tasks-long, got "fast"'],
    [{ retrys: 3 }, 'unknown option "retrys": expected one of retries, retryDelay,'],
    [{ inputs: { log: 1 } }, 'input "log" has the name of a part of the context: rename it'],
    [{ inputs: { "a-b": 1 } }, 'input "a-b" must be named like a variable'],
  ])("task() refuses %j", (options, problem) => {
    const message = optionsMessage(options);
    expect(message).toContain('Cannot load DAG "d", task "t": ');
    expect(message).toContain(problem);
  });

  test("task() wants a function", () => {
    expect(messageOf(() => dag("d", {}, ({ task }) => void task("t", untyped<() => void>({}))))).toBe(
      'Cannot load DAG "d", task "t": expected a function as the last argument of task()',
    );
  });

  test("options are an object", () => {
    expect(optionsMessage(untyped(null))).toBe('Cannot load DAG "d", task "t": options must be an object, got null');
  });

  test("wrong defaults are named where they stand", () => {
    expect(messageOf(() => dag("d", { defaults: { retries: -1 } }, nothing))).toMatch(
      /^Cannot load DAG "d", defaults: retries must be/,
    );
    expect(
      messageOf(() => dag("d", {}, ({ group }) => void group("g", { defaults: { retryDelay: "x" } }, nothing))),
    ).toMatch(/^Cannot load DAG "d", group "g", defaults: retryDelay: /);
  });

  test("defaults know only what a task can inherit", () => {
    const defaults = untyped<{ retries: number }>({ triggerRule: "all_done" });
    expect(messageOf(() => dag("d", { defaults }, nothing))).toMatch(
      /DAG "d", defaults: unknown option "triggerRule": expected one of retries,/,
    );
  });

  test("a timeout beyond 13 minutes is for another executor than the queue", () => {
    const { spec } = dag("d", {}, ({ task }) => void task("t", { executor: "local", executionTimeout: "1h" }, nothing));
    expect(spec.tasks[0]?.executionTimeoutMs).toBe(3_600_000);
  });
});

describe("DAG options", () => {
  const daily = { schedule: "@daily", startDate: "2026-01-01" };
  const endless = { schedule: continuous(), startDate: "2026-01-01" };

  test("dag() wants options and a function", () => {
    expect(messageOf(() => dag("d", untyped<DagOptions>(nothing), nothing))).toBe(
      'Cannot load DAG "d": options must be an object, got function',
    );
    expect(messageOf(() => dag("d", {}, untyped<() => void>(undefined)))).toBe(
      'Cannot load DAG "d": expected a function as the last argument of dag()',
    );
  });

  test.each([
    [{ schedule: "0 25 * * *" }, 'Cannot parse schedule "0 25 * * *": hour must be 0–23, got 25'],
    [
      { schedule: cron("@fortnightly") },
      'Cannot parse schedule "@fortnightly": unknown preset, expected one of @hourly,',
    ],
    [{ schedule: cron("0 0 * * *", { timezone: "Mars/Olympus" }) }, 'unknown time zone "Mars/Olympus"'],
    [{ schedule: every("0 s") }, "the period must be at least 1 s, got 0 ms"],
    [{ schedule: every({ months: 1, days: 2 }) }, "months cannot be mixed with other units"],
    [{ schedule: every({ months: 1.5 }) }, "months must be a whole number"],
    [{ schedule: every(untyped({ fortnights: 1 })) }, 'unknown unit "fortnights"'],
    [{ schedule: every("soon") }, 'Cannot read duration "soon"'],
    [
      { schedule: untyped<Schedule>({ type: "hourly" }) },
      "schedule must be made by cron(), crons(), every(), once(), continuous(), events(), timetable() or manual()",
    ],
    [{ startDate: "first of May" }, 'startDate: Cannot parse date "first of May"'],
    [{ startDate: new Date("nope") }, "startDate must be an ISO date"],
    [{ startDate: "2026-02-01", endDate: "2026-01-01" }, "endDate is before startDate"],
    [{ schedule: every("1h"), catchup: true }, "catchup needs a startDate"],
    [{ maxActiveRuns: 0 }, "maxActiveRuns must be a whole number of at least 1, got 0"],
    [{ maxActiveTasks: -1 }, "maxActiveTasks must be a whole number of at least 1, got -1"],
    [{ dagRunTimeout: "never" }, 'dagRunTimeout: Cannot read duration "never"'],
    [{ tags: untyped("weather") }, 'tags must be a list of texts, got "weather"'],
    [{ catchup: untyped("yes") }, 'catchup must be true or false, "latest" or { window: "3d" }, got "yes"'],
    [{ ...daily, catchup: untyped({ windw: "3d" }) }, 'catchup: unknown option "windw"'],
    [{ ...daily, catchup: untyped({}) }, 'catchup wants its window, such as { window: "3d" }'],
    [{ schedule: every("1h"), catchup: "latest" }, "catchup needs a startDate"],
    [{ ...daily, catchup: true, overlap: "skip" }, 'overlap "skip" would skip the runs that catchup makes up for'],
    [{ ...daily, overlap: untyped("drop") }, 'overlap must be "queue" or "skip", got "drop"'],
    [{ ...daily, jitter: 0 }, "jitter must be a text"],
    [{ schedule: every("1h"), jitter: "1h" }, "jitter must be shorter than the period of 3600000 ms, got 3600000 ms"],
    [{ schedule: continuous() }, "continuous() needs a startDate"],
    [
      { ...endless, maxActiveRuns: 2 },
      "continuous() has one run at a time: maxActiveRuns must be 1 or left out, got 2",
    ],
    [{ ...endless, catchup: true }, "catchup cannot be combined with continuous()"],
    [{ ...endless, jitter: "5s" }, "overlap and jitter cannot be combined with continuous()"],
    [{ schedule: crons([]) }, "crons(): wants a list of at least one cron expression"],
    [{ schedule: crons(["@daily", "0 25 * * *"]) }, 'Cannot parse schedule "0 25 * * *": hour must be 0–23, got 25'],
    [{ schedule: crons(["@daily"], { timezone: "Mars" }) }, 'unknown time zone "Mars"'],
    [
      { schedule: cron("@daily", { dataInterval: true, interval: "1h" }) },
      "interval and runImmediately are for runs that",
    ],
    [{ schedule: cron("@daily", untyped({ runNow: true })) }, 'cron(): unknown option "runNow"'],
    [{ schedule: events([]) }, "events(): wants a list of 1 to 10000 instants, got 0"],
    [{ schedule: events(["2026-01-01", "soon"]) }, 'events(), instant 2: Cannot parse date "soon"'],
    [{ schedule: events([new Date("nope")]) }, "events(), instant 1: expected an ISO date"],
    [
      { schedule: timetable(untyped({ description: "" })) },
      "timetable(): description must be a text of 1 to 200 characters",
    ],
    [{ schedule: timetable(untyped({ description: "x" })) }, "timetable(): next must be a function, got undefined"],
    [{ schedule: timetable(untyped({ description: "x", nxt: 1 })) }, 'timetable(): unknown option "nxt"'],
    [{ pausedOnCreation: untyped(1) }, "pausedOnCreation must be true or false, got 1"],
    [{ owner: untyped(1) }, "owner must be a text, got 1"],
    [{ schedule: cron(untyped(5)) }, "cron() wants its expression as a text"],
    [{ schedule: every(untyped(null)) }, "expected a text, a number or units, got null"],
    [{ tags: [" "] }, 'a tag must be 1 to 100 characters, got " "'],
    [{ scheduel: "@daily" }, 'unknown option "scheduel": expected one of schedule,'],
    [{ params: untyped<z.ZodObject>(z.string()) }, "params must be a Zod object"],
    [
      { params: z.object({ day: z.string() }), schedule: every("1h") },
      "its schedule runs without conf, so each param needs a default: conf.day",
    ],
    [{ params: z.object({ n: z.int().max(3).default(9) }) }, "a default of its params breaks the schema: conf.n: "],
  ])("dag() refuses case %#", (options, problem) => {
    const message = messageOf(() => dag("d", untyped<DagOptions>(options), nothing));
    expect(message).toMatch(/^Cannot load DAG "d"[:,] /);
    expect(message).toContain(problem);
  });
});
