/** What must and must not compile of mapping, branches and their like. `tsc` is the judge. */
import {
  concat,
  dag,
  type GroupInput,
  itemsOf,
  type MappedResults,
  type MappedTask,
  type Task,
  type TaskCallbackContext,
  zip,
} from "updraft";
import { expect, expectTypeOf, test } from "vitest";
import type { Json } from "../../src/lib/json.ts";

function neverCalled(define: () => unknown): void {
  expect(define).toBeTypeOf("function");
}

test("an instance receives an item of what its task is mapped over", () => {
  dag("d", {}, ({ task }) => {
    const rows = task("rows", () => [{ at: new Date(0), value: 1 }]);
    const counts = task("counts", (): Record<string, number> => ({ a: 1 }));
    const json = task("json", () => JSON.parse("[1]") as Json);
    const done = task.map(
      "use",
      { over: { row: rows, pair: counts, letter: ["a", "b"], setting: { x: true }, any: json } },
      ({ row, pair, letter, setting, any, task }) => {
        expectTypeOf(row).toEqualTypeOf<{ readonly at: string; readonly value: number }>();
        expectTypeOf(pair).toEqualTypeOf<readonly [string, number]>();
        expectTypeOf(letter).toEqualTypeOf<string>();
        expectTypeOf(setting).toEqualTypeOf<readonly [string, boolean]>();
        expectTypeOf(any).toEqualTypeOf<Json>();
        expectTypeOf(task.mapIndex).toEqualTypeOf<number>();
        return row.value;
      },
    );
    expectTypeOf(done).toEqualTypeOf<MappedTask<number>>();
    task.map("again", { over: { value: done } }, ({ value }) => expectTypeOf(value).toEqualTypeOf<number>());
  });
});

test("a plain consumer receives the results of all instances, whatever its trigger rule", () => {
  dag("d", {}, ({ task }) => {
    const words = task.map("words", { over: { n: [1] } }, ({ n }): string | undefined => (n > 1 ? "many" : undefined));
    task("join", { inputs: { words } }, ({ words }) => {
      expectTypeOf(words).toEqualTypeOf<MappedResults<string>>();
      expectTypeOf(words.length).toEqualTypeOf<number>();
    });
    task("late", { inputs: { words }, triggerRule: "all_done" }, async ({ words }) => {
      for await (const word of words) expectTypeOf(word).toEqualTypeOf<string>();
    });
  });
});

test("lists are changed, filtered, zipped and put behind each other with their types", () => {
  dag("d", {}, ({ task }) => {
    const names = task("names", (): (string | null)[] => ["ada", null]);
    const ages = task("ages", () => [36]);
    const known = itemsOf(names).filter((name) => name !== null);
    task.map("known", { over: { name: known.map((name) => name.length) } }, ({ name }) =>
      expectTypeOf(name).toEqualTypeOf<number>(),
    );
    task.map("zip", { over: { pair: zip([names, ages]) } }, ({ pair }) =>
      expectTypeOf(pair).toEqualTypeOf<readonly [string | null, number]>(),
    );
    task.map("fill", { over: { pair: zip([ages, ["x"]], { fill: false }) } }, ({ pair }) => {
      expectTypeOf(pair[0]).toEqualTypeOf<number | boolean>();
      expectTypeOf(pair[1]).toExtend<string | boolean>();
    });
    task.map("all", { over: { each: concat([names, ages]) } }, ({ each }) =>
      expectTypeOf(each).toEqualTypeOf<string | number | null>(),
    );
  });
});

test("task.each() spreads the properties of objects", () => {
  dag("d", {}, ({ task }) => {
    const plan = task("plan", () => [{ from: "a", size: 3 }]);
    task.each("copy", { over: plan, name: ({ from, size }) => `${from} ${size}` }, ({ from, size }) => {
      expectTypeOf(from).toEqualTypeOf<string>();
      expectTypeOf(size).toEqualTypeOf<number>();
    });
  });
});

test("inside a mapped group tasks have one result, outside they have all", () => {
  dag("d", {}, ({ task, group }) => {
    const trip = group.map("trip", { over: { city: ["Oslo"] } }, ({ city }) => {
      expectTypeOf(city).toEqualTypeOf<GroupInput<string>>();
      const fare = task("fare", { inputs: { city } }, ({ city }) => city.length);
      task("pay", { inputs: { fare } }, ({ fare }) => expectTypeOf(fare).toEqualTypeOf<number>());
      return { fare };
    });
    expectTypeOf(trip.result.fare).toEqualTypeOf<MappedTask<number>>();
    task("sum", { inputs: { fares: trip.result.fare } }, ({ fares }) =>
      expectTypeOf(fares).toEqualTypeOf<MappedResults<number>>(),
    );
  });
});

test("conditions, names and callbacks know what they are given", () => {
  dag("d", {}, ({ task }) => {
    const size = task("size", () => 3);
    task("if", { inputs: { size }, runIf: ({ size, run }) => size > 2 && run.runType === "manual" }, () => {});
    task.map(
      "map",
      {
        over: { letter: ["a"] },
        inputs: { size },
        skipIf: ({ letter, size }) => letter.length > size,
        name: ({ letter, size }) => `${letter} of ${size.toFixed()}`,
        onFailure: (context) => expectTypeOf(context).toEqualTypeOf<TaskCallbackContext>(),
        retryPolicy: (error) => (error.message === "" ? "fail" : { after: "3s" }),
      },
      ({ letter }) => letter,
    );
  });
});

test("what cannot be mapped over does not compile", () => {
  neverCalled(() =>
    dag("d", {}, ({ task, group }) => {
      const number = task("number", () => 1);
      // @ts-expect-error: a number is no list.
      task.map("a", { over: { x: number } }, () => {});
      // @ts-expect-error: a text is no list.
      task.map("b", { over: { x: "abc" } }, () => {});
      // @ts-expect-error: a group has no result.
      task.map("c", { over: { x: group("g", () => {}) } }, () => {});
      // @ts-expect-error: "log" is a part of the context.
      task.map("d", { over: { log: [1] } }, () => {});
      // @ts-expect-error: there is nothing to map over.
      task.map("e", {}, () => {});
      // @ts-expect-error: the items are no objects.
      task.each("f", { over: [[1, 2]] }, () => {});
      // @ts-expect-error: a list that may be null may have nothing to map over.
      task.map("g", { over: { x: task("maybe", (): number[] | null => null) } }, () => {});
      const mapped = task.map("h", { over: { x: [1] } }, ({ x }) => x);
      // @ts-expect-error: a mapped task has many results.
      task("i", { inputs: { mapped } }, ({ mapped }) => mapped + 1);
      // @ts-expect-error: no single try has all results to filter.
      itemsOf(mapped).filter((x) => x > 1);
      // @ts-expect-error: a list made of others cannot be filtered.
      zip([[1], [2]]).filter(() => true);
      const single: Task<number> = number;
      // @ts-expect-error: one result is not many.
      const many: MappedTask<number> = single;
      return many;
    }),
  );
});

test("branches, setups and teardowns refuse what does not belong to them", () => {
  neverCalled(() =>
    dag("d", {}, ({ task, group }) => {
      const a = task("a", () => {});
      const g = group("g", () => void task("b", () => {}));
      expectTypeOf(task.branch("x", () => [a, g, "g.b"])).toEqualTypeOf<Task<readonly string[]>>();
      task.branch("none", () => null);
      task.branch("named", { choices: { left: a, right: [g] } }, () => "left");
      task.branch("several", { choices: { left: a, right: g }, inputs: { a } }, () => ["left", "right"]);
      // @ts-expect-error: there is no such choice.
      task.branch("wrong", { choices: { left: a } }, () => "right");
      // @ts-expect-error: a number is no task.
      task.branch("number", () => 1);
      // @ts-expect-error: no such scope.
      task.shortCircuit("s", { scope: "some" }, () => true);
      // @ts-expect-error: the rule of a teardown is given.
      task.teardown("t", { triggerRule: "all_done" }, () => {});
      // @ts-expect-error: a group is no setup.
      task.teardown("u", { setups: g }, () => {});
      const made = task.setup("made", () => ({ id: 1 }));
      task.teardown("v", { setups: made, inputs: { made } }, ({ made }) =>
        expectTypeOf(made).toEqualTypeOf<{ readonly id: number } | undefined>(),
      );
      // @ts-expect-error: neither "retry" nor "fail" nor a delay.
      task("w", { retryPolicy: () => "later" }, () => {});
      // @ts-expect-error: no such rule of weight.
      task("y", { weightRule: "sideways" }, () => {});
    }),
  );
});
