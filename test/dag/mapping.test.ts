import { concat, DefinitionError, dag, itemsOf, Skip, type Task, zip } from "updraft";
import { describe, expect, test } from "vitest";
import type { DagDefinition } from "../../src/dag/definition.ts";

const nothing = () => {};

function messageOf(define: () => unknown): string {
  try {
    define();
  } catch (error) {
    expect(error).toBeInstanceOf(DefinitionError);
    return error instanceof Error ? error.message : "";
  }
  throw new Error("the definition was accepted");
}

function taskOf({ spec }: DagDefinition, taskId: string) {
  const found = spec.tasks.find((task) => task.taskId === taskId);
  if (found === undefined) throw new Error(`There is no task "${taskId}"`);
  return found;
}

/** What an author without a type check may write. */
function untyped<T>(value: unknown): T {
  return value as T;
}

describe("the spec holds lengths and sources", () => {
  test("a product has its inputs in order, with an edge for each source and none of them among the inputs", () => {
    const made = dag("d", {}, ({ task }) => {
      const rows = task("rows", () => [1]);
      const unit = task("unit", () => "mm");
      const mapped = task.map("m", { over: { letter: ["a", "b"], row: rows }, inputs: { unit } }, nothing);
      task("end", { inputs: { mapped } }, nothing);
    });
    expect(taskOf(made, "m")).toMatchObject({
      mapped: {
        type: "product",
        inputs: [
          { name: "letter", source: { type: "literal", length: 2 } },
          { name: "row", source: { type: "xcom", taskId: "rows" } },
        ],
      },
      upstream: ["rows", "unit"],
      inputs: { unit: "unit" },
    });
    expect(taskOf(made, "end")).toMatchObject({ upstream: ["m"], inputs: { mapped: "m" } });
    expect(made.hooks.tasks["rows"]?.mappedOver).toEqual({ own: 1_024, variants: {} });
    expect(JSON.parse(JSON.stringify(made.spec))).toEqual(made.spec);
  });

  test("an object counts its entries, task.each() has one source, and a limit is kept", () => {
    const made = dag("d", {}, ({ task }) => {
      task.map("o", { over: { pair: { a: 1, b: 2, c: 3 } }, maxMapLength: 5_000 }, nothing);
      task.each("e", { over: [{ a: 1 }] }, nothing);
    });
    expect(taskOf(made, "o")).toMatchObject({
      mapped: { inputs: [{ source: { type: "literal", length: 3 } }] },
      maxMapLength: 5_000,
    });
    expect(taskOf(made, "e").mapped).toEqual({ type: "each", source: { type: "literal", length: 1 } });
  });

  test("zip and concat nest, and a fill is noted", () => {
    const made = dag("d", {}, ({ task }) => {
      const rows = task("rows", () => [1]);
      task.map("m", { over: { x: zip([concat([rows, [1, 2]]), ["a"]], { fill: null }) } }, nothing);
    });
    expect(taskOf(made, "m").mapped).toEqual({
      type: "product",
      inputs: [
        {
          name: "x",
          source: {
            type: "zip",
            isFilled: true,
            sources: [
              {
                type: "concat",
                sources: [
                  { type: "xcom", taskId: "rows" },
                  { type: "literal", length: 2 },
                ],
              },
              { type: "literal", length: 1 },
            ],
          },
        },
      ],
    });
  });

  test("a filter makes a variant of the result that it shares with whoever uses the same list", () => {
    const made = dag("d", {}, ({ task }) => {
      const rows = task("rows", () => [1, 2, 3, 4]);
      const even = itemsOf(rows).filter((row) => row % 2 === 0);
      task.map("a", { over: { row: even } }, nothing);
      task.map("b", { over: { row: even }, maxMapLength: 10 }, nothing);
      task.map(
        "c",
        {
          over: {
            row: itemsOf(rows)
              .map((row) => row * 2)
              .filter((row) => row > 6),
          },
        },
        nothing,
      );
    });
    expect(taskOf(made, "rows").mapVariants).toEqual(["filter_1", "filter_2"]);
    const source = { type: "xcom", taskId: "rows", variant: "filter_1" };
    expect(taskOf(made, "a").mapped).toEqual({ type: "product", inputs: [{ name: "row", source }] });
    expect(taskOf(made, "b").mapped).toEqual({ type: "product", inputs: [{ name: "row", source }] });
    const { mappedOver, variants } = made.hooks.tasks["rows"] ?? {};
    expect(mappedOver).toEqual({ own: null, variants: { filter_1: 10, filter_2: 1_024 } });
    expect(variants?.["filter_1"]?.([1, 2, 3, 4])).toBe(2);
    expect(variants?.["filter_2"]?.([1, 2, 3, 4])).toBe(1);
  });

  test("a list in the file is filtered when it is loaded; Skip in a change keeps its place", () => {
    const made = dag("d", {}, ({ task }) => {
      const odd = itemsOf([1, 2, 3])
        .map((value) => {
          if (value === 3) throw new Skip("three");
          return value;
        })
        .filter((value) => value === 1);
      task.map("m", { over: { x: odd } }, nothing);
    });
    expect(taskOf(made, "m").mapped).toMatchObject({ inputs: [{ source: { type: "literal", length: 2 } }] });
  });
});

describe("mapped groups", () => {
  const made = dag("d", {}, ({ task, group }) => {
    const cities = task("cities", () => ["Oslo"]);
    const trip = group.map("trip", { over: { city: cities }, maxMapLength: 7, label: "Trip" }, ({ city }) => {
      const fare = task("fare", { inputs: { city } }, ({ city }) => city.length);
      const book = task("book", { inputs: { fare, place: city } }, ({ fare }) => fare);
      const inner = group("inner", () => task("last", { inputs: { book } }, ({ book }) => book));
      return { nested: [book] as const, untouched: 1, inner };
    });
    task("sum", { inputs: { bookings: trip.result.nested[0], last: trip.result.inner.result } }, ({ last }) =>
      last.toArray(),
    );
    task("end", nothing).after(trip);
  });

  test("have the lists, and their tasks the items", () => {
    expect(made.spec.groups[1]).toEqual({ groupId: "trip.inner", parentId: "trip", label: "inner" });
    expect(made.spec.groups.slice(0, 1)).toEqual([
      {
        groupId: "trip",
        parentId: null,
        label: "Trip",
        mapped: { type: "product", inputs: [{ name: "city", source: { type: "xcom", taskId: "cities" } }] },
        maxMapLength: 7,
      },
    ]);
    expect(taskOf(made, "trip.fare")).toMatchObject({ upstream: ["cities"], inputs: {} });
    expect(taskOf(made, "trip.book")).toMatchObject({ upstream: ["trip.fare"], inputs: { fare: "trip.fare" } });
    expect(made.hooks.tasks["trip.book"]?.groupInputs).toEqual({ place: { groupId: "trip", name: "city" } });
    expect(made.hooks.groups["trip"]?.map).toMatchObject({ type: "product" });
    expect(taskOf(made, "sum").inputs).toEqual({ bookings: "trip.book", last: "trip.inner.last" });
    expect(taskOf(made, "end").upstream).toEqual(["trip.inner.last"]);
  });

  test("refuse to be mapped inside, and to be used from inside", () => {
    expect(
      messageOf(() =>
        dag("d", {}, ({ task, group }) => {
          group.map("g", { over: { x: [1] } }, () => void task.map("t", { over: { y: [1] } }, nothing));
        }),
      ),
    ).toBe(
      'Cannot load DAG "d", task "g.t": a task inside the mapped group "g" cannot be mapped again: use task(), or move it out of the group',
    );
    expect(
      messageOf(() =>
        dag("d", {}, ({ group }) => {
          group.map("g", { over: { x: [1] } }, () => void group.map("h", { over: { y: [1] } }, nothing));
        }),
      ),
    ).toMatch(/a mapped group cannot stand in the mapped group "g"/);
    expect(
      messageOf(() =>
        dag("d", {}, ({ task, group }) => {
          let inside: Task<number> | undefined;
          group.map("g", { over: { x: [1] } }, () => {
            inside = task("t", () => 1);
          });
          task("u", { inputs: { inside: untyped<Task<number>>(inside) } }, nothing);
        }),
      ),
    ).toMatch(/task "u": input "inside" is "g.t" as the mapped group "g" has it inside: return it from/);
    expect(
      messageOf(() =>
        dag("d", {}, ({ task, group }) => {
          const g = group.map("g", { over: { x: [1] } }, ({ x }) => ({ t: task("t", () => 1), x }));
          task("u", { inputs: { x: g.result.x } }, nothing);
        }),
      ),
    ).toMatch(/input "x" is of the mapped group "g": use it inside of the group/);
  });
});

describe("bad definitions are refused with the place and the fix", () => {
  type Define = Parameters<typeof dag>[2];
  test.each<[string, Define, string]>([
    ["nothing to map over", ({ task }) => void task.map("t", { over: {} }, nothing), "nothing to map over: write"],
    [
      "a text",
      ({ task }) => void task.map("t", { over: { x: untyped<string[]>("abc") } }, nothing),
      '"x" of over must be a list, an object, a task, or made by itemsOf(), zip() or concat(), got string',
    ],
    ["a Map", ({ task }) => void task.map("t", { over: { x: untyped<string[]>(new Map()) } }, nothing), "got a Map"],
    [
      "a list too long",
      ({ task }) => void task.map("t", { over: { x: Array.from({ length: 1_025 }, () => 1) } }, nothing),
      '"x" of over has 1025 items, and maxMapLength is 1024: set it higher, or map over less',
    ],
    [
      "a filter of a mapped task",
      ({ task }) => {
        const m = task.map("m", { over: { x: [1] } }, () => 1);
        task.map("t", { over: { x: untyped<{ filter(f: unknown): number[] }>(itemsOf(m)).filter(nothing) } }, nothing);
      },
      'the results of "m" cannot be filtered',
    ],
    [
      "a filter of a zip",
      ({ task }) => {
        const zipped = untyped<{ filter(f: unknown): number[] }>(zip([[1], [2]]));
        task.map("t", { over: { x: zipped.filter(nothing) } }, nothing);
      },
      "a list made of others cannot be filtered, filter each with itemsOf() first",
    ],
    [
      "one name twice",
      ({ task }) => {
        const x = task("x", () => 1);
        task.map("t", { over: { x: [1] }, inputs: { x } }, nothing);
      },
      '"x" is mapped over and an input too: rename one of them',
    ],
    [
      "a name of the context",
      ({ task }) => void task.map("t", { over: untyped<{ x: number[] }>({ run: [1] }) }, nothing),
      'input "run" has the name of a part of the context',
    ],
    [
      "an empty zip",
      ({ task }) => void task.map("t", { over: { x: zip([]) } }, nothing),
      "zip() wants a list of at least one list",
    ],
    [
      "an item that is no object",
      ({ task }) => void task.each("t", { over: untyped<{ a: number }[]>([{ a: 1 }, 2]) }, nothing),
      "item 1 of over must be an object, whose properties become the inputs, and is a number",
    ],
    [
      "an item that hides the context",
      ({ task }) => void task.each("t", { over: [{ log: 1 }] }, nothing),
      'item 0 of over has a property "log" like a part of the context: rename it',
    ],
    [
      "too many combinations",
      ({ task }) => {
        const list = Array.from({ length: 1_001 }, () => 1);
        task.map("t", { over: { x: list, y: list } }, nothing);
      },
      "over makes 1002001 combinations, and at most 1000000 can run",
    ],
    [
      "a limit of none",
      ({ task }) => void task.map("t", { over: { x: [1] }, maxMapLength: 0 }, nothing),
      "maxMapLength must be a whole number of 1 to 1000000, got 0",
    ],
    [
      "a filter that throws",
      ({ task }) =>
        void task.map(
          "t",
          {
            over: {
              x: itemsOf([1]).filter(() => {
                throw new Error("no");
              }),
            },
          },
          nothing,
        ),
      '"x" of over: its filter threw: no',
    ],
    [
      "a name that is no function",
      ({ task }) => void task.map("t", { over: { x: [1] }, name: untyped<() => string>("x") }, nothing),
      "name must be a function, got string",
    ],
  ])("%s", (_name, define, problem) => {
    const message = messageOf(() => dag("d", {}, define));
    expect(message).toMatch(/^Cannot load DAG "d", task "t": /);
    expect(message).toContain(problem);
  });
});
