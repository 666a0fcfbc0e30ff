/** What must and must not compile. `tsc` is the judge; a wrong definition stands in a function that nobody calls. */
import { dag, type Task, type TaskContext, z } from "updraft";
import { expect, expectTypeOf, test } from "vitest";
import type { JsonOutput } from "../../src/dag/json-output.ts";
import type { Json } from "../../src/lib/json.ts";

interface Reading {
  readonly at: Date;
  readonly celsius: number;
  readonly note?: string;
}

function neverCalled(define: () => unknown): void {
  expect(define).toBeTypeOf("function");
}

test("an input has the type that its task returned, after the journey through JSON", () => {
  dag("d", {}, ({ task }) => {
    const readings = task("readings", async () => {
      const list: Reading[] = [];
      return { list, total: list.length };
    });
    task("use", { inputs: { readings } }, ({ readings }) => {
      expectTypeOf(readings.list[0]).toEqualTypeOf<
        { readonly at: string; readonly celsius: number; readonly note?: string } | undefined
      >();
      expectTypeOf(readings.total).toEqualTypeOf<number>();
    });
    expectTypeOf(task("nothing", () => {})).toEqualTypeOf<Task<undefined>>();
    expectTypeOf(task("maybe", () => (Math.PI > 3 ? "x" : null))).toEqualTypeOf<Task<"x" | null>>();
    expectTypeOf(task("json", () => JSON.parse("1") as Json)).toEqualTypeOf<Task<Json>>();
    expectTypeOf(task("unknown", (): unknown => 1)).toEqualTypeOf<Task<unknown>>();
  });
});

test("JSON turns dates into text, undefined properties into missing ones, and undefined items into null", () => {
  expectTypeOf<JsonOutput<Date>>().toEqualTypeOf<string>();
  expectTypeOf<JsonOutput<{ a: string | undefined; b: number }>>().toEqualTypeOf<{
    readonly b: number;
    readonly a?: string;
  }>();
  expectTypeOf<JsonOutput<(number | undefined)[]>>().toEqualTypeOf<readonly (number | null)[]>();
  expectTypeOf<JsonOutput<[string, Date]>>().toEqualTypeOf<readonly [string, string]>();
  expectTypeOf<JsonOutput<Record<string, number[]>>>().toEqualTypeOf<{ readonly [x: string]: readonly number[] }>();
  expectTypeOf<JsonOutput<{ toJSON(): { at: Date } }>>().toEqualTypeOf<{ readonly at: string }>();
});

test("only all_success promises that an input is there", () => {
  dag("d", {}, ({ task }) => {
    const count = task("count", (): number => 1);
    task("sure", { inputs: { count } }, ({ count }) => expectTypeOf(count).toEqualTypeOf<number>());
    task("said", { inputs: { count }, triggerRule: "all_success" }, ({ count }) =>
      expectTypeOf(count).toEqualTypeOf<number>(),
    );
    task("unsure", { inputs: { count }, triggerRule: "all_done" }, ({ count }) =>
      expectTypeOf(count).toEqualTypeOf<number | undefined>(),
    );
  });
});

test("params have the type of their schema, defaults filled in", () => {
  dag("d", { params: z.object({ year: z.int().default(2015), city: z.string().optional() }) }, ({ task }) => {
    task("use", ({ params, run, interval }) => {
      expectTypeOf(params).toEqualTypeOf<Readonly<{ year: number; city?: string | undefined }>>();
      expectTypeOf(run.logicalAt).toEqualTypeOf<Date | null>();
      expectTypeOf(interval?.startAt).toEqualTypeOf<Date | undefined>();
    });
  });
  dag("e", {}, ({ task }) => {
    task("use", (context) => expectTypeOf(context).toEqualTypeOf<TaskContext<Readonly<Record<string, Json>>>>());
  });
});

test("a task of the wrong type, or none, is no input", () => {
  neverCalled(() =>
    dag("d", {}, ({ task, group }) => {
      const name = task("name", () => "ada");
      const half = (value: number) => value / 2;
      // @ts-expect-error: the input is a string.
      task("a", { inputs: { name } }, ({ name }) => half(name));
      // @ts-expect-error: there is no such input.
      task("b", { inputs: { name } }, ({ nam }) => nam);
      // @ts-expect-error: a text is not a task.
      task("c", { inputs: { name: "name" } }, () => {});
      // @ts-expect-error: a group has no single result.
      task("d", { inputs: { g: group("g", () => {}) } }, () => {});
      // @ts-expect-error: "log" is a part of the context.
      task("e", { inputs: { log: name } }, () => {});
      const list = task("list", () => [3, 1, 2]);
      // @ts-expect-error: inputs are read-only, several tasks may share one.
      task("f", { inputs: { list } }, ({ list }) => list.sort());
    }),
  );
});

test("a result that JSON cannot carry does not compile", () => {
  neverCalled(() =>
    dag("d", {}, ({ task }) => {
      // @ts-expect-error: JSON has no bigint.
      task("a", () => 1n);
      // @ts-expect-error: JSON has no functions.
      task("b", async () => ({ nested: [Math.max] }));
      // @ts-expect-error: JSON has no Map.
      task("c", () => new Map([["a", 1]]));
      // @ts-expect-error: JSON has no Set.
      task("d", async () => ({ set: new Set([1]) }));
      // @ts-expect-error: JSON has no bytes.
      task("e", () => new Uint8Array(1));
      // @ts-expect-error: JSON has no symbol.
      task("f", { retries: 1 }, () => Symbol("x"));
      // @ts-expect-error: a Response has methods.
      task("g", ({ env }) => fetch(env.ORIGIN));
    }),
  );
});

test("options that do not exist, or have another type, do not compile", () => {
  neverCalled(() =>
    dag("d", {}, ({ task }) => {
      // @ts-expect-error: it is called "retries".
      task("a", { retrys: 1 }, () => {});
      // @ts-expect-error: a number or text.
      task("b", { retryDelay: { seconds: 3 } }, () => {});
      // @ts-expect-error: no such rule.
      task("c", { triggerRule: "all_good" }, () => {});
      // @ts-expect-error: no such executor.
      task("d", { executor: "celery" }, () => {});
      // @ts-expect-error: ends of edges are tasks and groups.
      task("e", () => {}).after("d");
      // @ts-expect-error: no such part of the context.
      task("f", ({ logger }) => logger);
      task("g", ({ run }) => {
        // @ts-expect-error: the context is read-only.
        run.runId = "x";
      });
    }),
  );
  // @ts-expect-error: it is called "schedule".
  neverCalled(() => dag("d", { scheduel: "@daily" }, () => {}));
  // @ts-expect-error: params are a Zod object.
  neverCalled(() => dag("d", { params: z.string() }, () => {}));
  // @ts-expect-error: the rule of a default would change the types of inputs unseen.
  neverCalled(() => dag("d", { defaults: { triggerRule: "all_done" } }, () => {}));
});
