import { expect, test } from "vitest";
import { Skip } from "../../src/dag/errors.ts";
import type { MapStep, MapValues, ValueSource } from "../../src/dag/hooks.ts";
import type { TaskId } from "../../src/dag/ids.ts";
import { mapInputs } from "../../src/executor/map-inputs.ts";
import { PagedResults } from "../../src/executor/mapped-results.ts";

const literal = (...items: readonly unknown[]): ValueSource => ({ type: "literal", items });
const xcom = (taskId: string, ...steps: readonly MapStep[]): ValueSource => ({ type: "xcom", taskId, steps });
const over = (source: ValueSource): MapValues => ({ type: "product", inputs: [{ name: "x", source }] });
const change = (fn: (item: number) => unknown): MapStep => ({ type: "map", fn: (item) => fn(item as number) });
const keep = (fn: (item: number) => boolean): MapStep => ({ type: "filter", fn: (item) => fn(item as number) });

const results: Readonly<Record<string, unknown>> = {
  numbers: [10, 11, 12, 13],
  record: { a: 1, b: 2 },
  text: "abc",
  mapped: paged([1, null, 3]),
};

function paged(values: readonly (number | null)[]): PagedResults {
  const items = values.map((value) => (value === null ? null : ({ type: "inline", json: String(value) } as const)));
  const source = {
    readPage: async () => [],
    open: async (value: { readonly type: string }) => Number((value as { readonly json?: string }).json),
  };
  return new PagedResults(source, { type: "mapped", taskId: "mapped" as TaskId, count: items.length, items });
}

async function valuesAt(map: MapValues, index: number): Promise<unknown> {
  const read = await mapInputs(map, index, async (taskId) => results[taskId]);
  return read.type === "inputs" ? read.values : read.error.message;
}

async function itemsOf(source: ValueSource, count: number): Promise<readonly unknown[]> {
  const values = await Promise.all(Array.from({ length: count }, (_, index) => valuesAt(over(source), index)));
  await expect(valuesAt(over(source), count)).rejects.toThrow(`there are ${count}.`);
  return values.map((value) => (typeof value === "string" ? value : (value as { readonly x: unknown }).x));
}

test("the last of several lists varies fastest", async () => {
  const inputs = [
    { name: "a", source: literal(1, 2) },
    { name: "b", source: literal("x", "y", "z") },
  ];
  const map: MapValues = { type: "product", inputs };
  const all = await Promise.all([0, 1, 2, 3, 4, 5].map((index) => valuesAt(map, index)));
  expect(all).toEqual(["1x", "1y", "1z", "2x", "2y", "2z"].map(([a, b]) => ({ a: Number(a), b })));
});

test.each<[string, ValueSource, readonly unknown[]]>([
  ["a list in the file", literal(1, 2), [1, 2]],
  ["a result", xcom("numbers"), [10, 11, 12, 13]],
  [
    "an object, as its entries",
    xcom("record"),
    [
      ["a", 1],
      ["b", 2],
    ],
  ],
  ["the results of a mapped task that there are", xcom("mapped"), [1, 3]],
  [
    "a changed result",
    xcom(
      "numbers",
      change((item) => item * 2),
    ),
    [20, 22, 24, 26],
  ],
  [
    "a filtered result",
    xcom(
      "numbers",
      keep((item) => item % 2 === 1),
    ),
    [11, 13],
  ],
  [
    "filtered after a change",
    xcom(
      "numbers",
      change((item) => item + 1),
      keep((item) => item > 12),
    ),
    [13, 14],
  ],
  [
    "a zip, as long as its shortest list",
    { type: "zip", sources: [xcom("numbers"), literal("a", "b")] },
    [
      [10, "a"],
      [11, "b"],
    ],
  ],
  [
    "a filled zip, as long as its longest",
    { type: "zip", sources: [literal(1, 2), literal("a")], fill: { value: null } },
    [
      [1, "a"],
      [2, null],
    ],
  ],
  ["lists behind each other", { type: "concat", sources: [literal(1), xcom("mapped"), literal(2)] }, [1, 1, 3, 2]],
  [
    "a change of a zip",
    {
      type: "steps",
      source: { type: "zip", sources: [literal(1, 2), literal(3, 4)] },
      steps: [{ type: "map", fn: (pair) => (pair as number[]).join("+") }],
    },
    ["1+3", "2+4"],
  ],
])("an instance receives its item of %s", async (_name, source, items) => {
  const values = await Promise.all(items.map((_, index) => valuesAt(over(source), index)));
  expect(values).toEqual(items.map((x) => ({ x })));
  await expect(valuesAt(over(source), items.length)).rejects.toMatchObject({ reason: "input_unavailable" });
});

test("Skip in a change skips that instance alone, also inside of a zip, and keeps its place through a filter", async () => {
  const skipEven = change((item) => {
    if (item % 2 === 0) throw new Skip(`${item} is even`);
    return item;
  });
  expect(await itemsOf(xcom("numbers", skipEven), 4)).toEqual(["10 is even", 11, "12 is even", 13]);
  expect(
    await itemsOf(
      xcom(
        "numbers",
        skipEven,
        keep((item) => item > 11),
      ),
      3,
    ),
  ).toEqual(["10 is even", "12 is even", 13]);
  const zipped: ValueSource = { type: "zip", sources: [xcom("numbers", skipEven), literal("a", "b")] };
  expect(await itemsOf(zipped, 2)).toEqual(["10 is even", [11, "b"]]);
});

test("task.each() spreads an object, and refuses what is none or hides the context", async () => {
  const each = (...items: readonly unknown[]): MapValues => ({ type: "each", source: literal(...items) });
  expect(await valuesAt(each({ a: 1 }, { a: 2, b: 3 }), 1)).toEqual({ a: 2, b: 3 });
  await expect(valuesAt(each(7), 0)).rejects.toThrow(
    "Cannot map over the list: item 0 must be an object, whose properties become the inputs, and is a number",
  );
  await expect(valuesAt(each([1]), 0)).rejects.toThrow("and is a list");
  await expect(valuesAt(each({ log: 1 }), 0)).rejects.toThrow(
    'item 0 has a property "log" like a part of the context: rename it',
  );
});

test("what has become no list says which task it came from", async () => {
  await expect(valuesAt(over(xcom("text")), 0)).rejects.toThrow(
    'Cannot map over the result of "text": it is a string, no list or object',
  );
  await expect(valuesAt(over(xcom("gone")), 0)).rejects.toThrow('the result of "gone": it is nothing');
});

test("a filter looks at a result once for all instances that share it", async () => {
  let asked = 0;
  const source = xcom(
    "numbers",
    keep((item) => {
      asked++;
      return item > 10;
    }),
  );
  const steps = over(source);
  for (const index of [0, 1, 2]) await valuesAt(steps, index);
  expect(asked).toBe(4);
});

test.each<[string, unknown]>([
  ["a list", [{ deep: { a: 1 } }, { deep: { a: 2 } }]],
  ["an object", { k: { deep: { a: 1 } }, l: { deep: { a: 2 } } }],
])(
  "of %s that instances share, what one of them takes is frozen, and nothing else is touched for it",
  async (_, value) => {
    const read = await mapInputs(over(xcom("shared")), 0, async () => value);
    const taken = Object.values(value as object);
    expect(read.type === "inputs" && JSON.stringify(read.values["x"])).toContain('{"deep":{"a":1}}');
    expect([Object.isFrozen(taken[0]), Object.isFrozen(taken[0].deep), Object.isFrozen(taken[1])]).toEqual([
      true,
      true,
      false,
    ]);
  },
);

test("a filter is shown frozen items, all of them", async () => {
  const value = [{ a: 1 }, { a: 2 }];
  const seen: boolean[] = [];
  const look: MapStep = { type: "filter", fn: (item) => seen.push(Object.isFrozen(item)) > 0 };
  await mapInputs(over(xcom("shared", look)), 1, async () => value);
  expect(seen).toEqual([true, true]);
});
