/** The layout of graphs: what must hold for any DAG, and what is drawn of large ones. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DagSpec } from "../../src/dag/spec.ts";
import { type GraphBox, type GraphLayout, layOutGraph } from "../../src/web/graph/graph-layout.ts";
import { mapOf } from "../../src/web/graph/graph-map.ts";
import { FIRST_LOOK, MAX_DRAWN, viewOf } from "../../src/web/graph/graph-view.ts";
import { type Leaf, portsOf } from "../../src/web/graph/group-ports.ts";
import { layOut } from "../../src/web/graph/layered-layout.ts";
import { makeTaskSpec } from "../api/specs.ts";
import { taskId } from "../fixtures/projections.ts";
import { warehouseSpec } from "./showcase-graphs.ts";

type Spec = Pick<DagSpec, "tasks" | "groups">;

const chain = (count: number): Spec => ({
  tasks: Array.from({ length: count }, (_, place) =>
    makeTaskSpec(`t${place}`, { upstream: place === 0 ? [] : [taskId(`t${place - 1}`)] }),
  ),
  groups: [],
});

/** DAGs of up to 30 tasks in up to 4 groups, which may nest. */
const specs: fc.Arbitrary<Spec> = fc
  .record({
    groupCount: fc.integer({ min: 0, max: 4 }),
    tasks: fc.array(fc.record({ group: fc.nat(4), edges: fc.array(fc.nat(29), { maxLength: 3 }) }), { maxLength: 30 }),
    nesting: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  })
  .map(({ groupCount, tasks, nesting }) => ({
    groups: Array.from({ length: groupCount }, (_, place) => ({
      groupId: `g${place}`,
      parentId: place > 0 && nesting[place] === true ? `g${place - 1}` : null,
      label: `group ${place}`,
    })),
    tasks: tasks.map(({ group, edges }, place) =>
      makeTaskSpec(`t${place}`, {
        groupId: group < groupCount ? `g${group}` : null,
        upstream: [...new Set(edges.filter((from) => from < place))].map((from) => taskId(`t${from}`)),
      }),
    ),
  }));

const whole = (spec: Spec, direction: "right" | "down" = "right") =>
  layOutGraph(spec, viewOf(spec, { ...FIRST_LOOK, areOpen: true }), direction);

const overlaps = (a: GraphBox, b: GraphBox) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const contains = (a: GraphBox, b: GraphBox) =>
  a.x <= b.x && a.y <= b.y && a.x + a.width >= b.x + b.width && a.y + a.height >= b.y + b.height;

describe("layOutGraph()", () => {
  test.each(["right", "down"] as const)("to the %s: boxes never overlap, frames hold what is theirs", (direction) => {
    fc.assert(
      fc.property(specs, (spec) => {
        const { boxes, width, height } = whole(spec, direction);
        for (const [place, a] of boxes.entries()) {
          expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true);
          for (const b of boxes.slice(place + 1)) expect(!overlaps(a, b) || contains(a, b)).toBe(true);
        }
        expect(
          boxes
            .filter(({ type }) => type === "task")
            .map(({ id }) => id)
            .sort(),
        ).toEqual(spec.tasks.map((task) => task.taskId as string).sort());
      }),
      { numRuns: 150 },
    );
  });

  test("is the same for the same DAG", () => {
    expect(whole(warehouseSpec())).toEqual(whole(warehouseSpec()));
  });

  test("puts a task to the right of those before it", () => {
    const { boxes } = whole(warehouseSpec());
    const xOf = new Map(boxes.map((box) => [box.id, box.x]));
    for (const task of warehouseSpec().tasks) {
      for (const id of task.upstream) expect(xOf.get(id) ?? 0).toBeLessThan(xOf.get(task.taskId) ?? 0);
    }
  });

  test("a closed group is one box, and the edges of its tasks are its own", () => {
    const spec = warehouseSpec();
    const { boxes, lines } = layOutGraph(spec, viewOf(spec, { ...FIRST_LOOK, areOpen: false }), "right");
    expect(boxes.filter(({ type }) => type === "closed").map(({ id }) => id)).toEqual(["extract", "staging", "marts"]);
    expect(boxes.some(({ id }) => id === "extract.orders")).toBe(false);
    expect(lines.every(({ isArrow }) => isArrow)).toBe(true);
    expect(lines).toHaveLength(14);
  });

  test("a graph without tasks is empty, and a closed circle of groups is drawn all the same", () => {
    expect(whole({ tasks: [], groups: [] }).boxes).toEqual([]);
    const spec: Spec = {
      groups: [{ groupId: "g", parentId: null, label: "g" }],
      tasks: [
        makeTaskSpec("g.a", { groupId: "g" }),
        makeTaskSpec("b", { upstream: [taskId("g.a")] }),
        makeTaskSpec("g.c", { groupId: "g", upstream: [taskId("b")] }),
      ],
    };
    for (const areOpen of [true, false]) {
      const { boxes, lines } = layOutGraph(spec, viewOf(spec, { ...FIRST_LOOK, areOpen }), "right");
      expect(boxes.length).toBe(areOpen ? 4 : 2);
      expect(lines.length).toBeGreaterThan(1);
    }
  });
});

describe("portsOf()", () => {
  test("say what the edges say: a box is reached through ports from those that it follows, and no others", () => {
    fc.assert(
      fc.property(specs, (spec) => {
        const leaves = new Map<string, Leaf>(
          spec.tasks.map((task) => {
            const path: string[] = [];
            for (
              let id = task.groupId;
              id !== null;
              id = spec.groups.find((one) => one.groupId === id)?.parentId ?? null
            )
              path.unshift(id);
            return [task.taskId as string, { key: task.taskId, path }];
          }),
        );
        const edges = spec.tasks.flatMap((task) =>
          task.upstream.flatMap((id) => {
            const [from, to] = [leaves.get(id), leaves.get(task.taskId)];
            return from === undefined || to === undefined ? [] : [[from, to] as const];
          }),
        );
        const { links } = portsOf(edges);
        const next = new Map<string, string[]>();
        for (const { from, to } of links) {
          const key = JSON.stringify(from);
          next.set(key, [...(next.get(key) ?? []), JSON.stringify(to)]);
        }
        const reached = new Set<string>();
        for (const { key } of leaves.values()) {
          const stack = [...(next.get(JSON.stringify({ box: key, port: null })) ?? [])];
          for (let end = stack.pop(); end !== undefined; end = stack.pop()) {
            const { box, port } = JSON.parse(end);
            if (port === null) reached.add(`${key} ${box}`);
            else stack.push(...(next.get(end) ?? []));
          }
        }
        expect([...reached].sort()).toEqual(edges.map(([from, to]) => `${from.key} ${to.key}`).sort());
      }),
      { numRuns: 150 },
    );
  });

  test("join what leads to the same boxes", () => {
    const leaf = (key: string, path: readonly string[]): Leaf => ({ key, path });
    const before = ["a", "b", "c"].map((key) => leaf(key, ["g"]));
    const behind = ["x", "y"].map((key) => leaf(key, ["h"]));
    const { links } = portsOf(before.flatMap((from) => behind.map((to) => [from, to] as const)));
    // Three into the port of the one group, one between the groups, two out of the port of the other.
    expect(links).toHaveLength(6);
  });
});

describe("what is drawn", () => {
  test("all of a DAG that can be read, its groups when that is less, and else the surroundings of one task", () => {
    expect(viewOf(chain(MAX_DRAWN), FIRST_LOOK).shown).toBeNull();
    const large = chain(MAX_DRAWN + 1);
    const grouped = {
      tasks: large.tasks.map((task) => ({ ...task, groupId: "g" })),
      groups: [{ groupId: "g", parentId: null, label: "g" }],
    };
    const closed = viewOf(grouped, FIRST_LOOK);
    expect([closed.shown, closed.isOpen("g")]).toEqual([null, false]);
    expect([...(viewOf(large, FIRST_LOOK, "t100").shown ?? [])].sort()).toEqual(["t100", "t101", "t102", "t98", "t99"]);
    expect(viewOf(large, FIRST_LOOK).focus).toBe("t0");
  });

  test("never more boxes than can be drawn, however many a task follows", () => {
    const many = Array.from({ length: 2_000 }, (_, place) => makeTaskSpec(`s${place}`));
    const spec = {
      groups: [],
      tasks: [
        ...many,
        makeTaskSpec("end", { upstream: many.map((task) => task.taskId) }),
        makeTaskSpec("after", { upstream: [taskId("end")] }),
      ],
    };
    const { shown } = viewOf(spec, { ...FIRST_LOOK, focus: "end" });
    expect(shown?.size).toBeLessThanOrEqual(MAX_DRAWN);
    expect(shown?.has("after")).toBe(true);
  });

  test("a task that is not there is no focus", () => {
    expect(viewOf(chain(3), { ...FIRST_LOOK, focus: "nobody" })).toMatchObject({ focus: null, shown: null });
  });
});

describe("layOut()", () => {
  test("follows a chain of 5,000 and a fan of 5,000 without recursion, and keeps them in order", () => {
    const size = { length: 100, breadth: 40 };
    const line = layOut({
      sizes: Array(5_000).fill(size),
      edges: Array.from({ length: 4_999 }, (_, i) => [i, i + 1] as const),
      layerGap: 40,
      gap: 10,
    });
    expect(line.boxes.at(-1)).toEqual({ along: 4_999 * 140, across: 20 });
    const fan = layOut({
      sizes: Array(5_000).fill(size),
      edges: Array.from({ length: 4_999 }, (_, i) => [0, i + 1] as const),
      layerGap: 40,
      gap: 10,
    });
    expect(fan.breadth).toBe(4_999 * 50 - 10);
  });

  test("a long edge runs beside the boxes between its ends", () => {
    const { boxes, lines } = layOut({
      sizes: Array(3).fill({ length: 100, breadth: 40 }),
      edges: [
        [0, 1],
        [1, 2],
        [0, 2],
      ],
      layerGap: 40,
      gap: 10,
    });
    const beside = lines[2]?.find(({ along }) => along === boxes[1]?.along);
    expect(Math.abs((beside?.across ?? 0) - (boxes[1]?.across ?? 0))).toBeGreaterThan(20);
  });

  test("the map of a large DAG has a place for each task, and no two share one", () => {
    const { points, width, height } = mapOf(chain(600));
    const places = new Set(Array.from({ length: 600 }, (_, place) => `${points[place * 2]},${points[place * 2 + 1]}`));
    expect(places.size).toBe(600);
    expect(Math.max(...points)).toBeLessThanOrEqual(Math.max(width, height));
  });
});

test("the stored layout of a version is small beside its spec", () => {
  const layout: GraphLayout = whole(warehouseSpec());
  expect(JSON.stringify(layout).length).toBeLessThan(JSON.stringify(warehouseSpec()).length);
});
