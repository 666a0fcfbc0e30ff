import { describe, expect, it } from "vitest";
import { selectPlaces, selectTasks } from "../../src/engine/clear-selection.ts";
import { compileGraph } from "../../src/engine/graph.ts";
import { mappedRun } from "../conformance/mapped-graph.ts";
import { kindByName, tasksOf } from "../conformance/worlds.ts";
import { spec } from "../fixtures/engine-dag.ts";

function select(edges: string, named: readonly string[], ...ways: readonly ("upstream" | "downstream")[]): string {
  const graph = compileGraph(spec({ tasks: tasksOf(edges.split(" "), kindByName) }), 1);
  const indexes = named.map((id) => graph.indexOf.get(id) ?? -1);
  const direction = { upstream: ways.includes("upstream"), downstream: ways.includes("downstream") };
  const ids = selectTasks(graph, indexes, direction).map((index) => graph.tasks[index]?.spec.taskId ?? "");
  return ids.sort().join(" ");
}

describe("what a clear brings along", () => {
  it.each([
    ["work alone", "w1>w2>w3", ["w2"], [], "w2"],
    ["relatives in the directions asked for", "w1>w2>w3", ["w2"], ["upstream", "downstream"], "w1 w2 w3"],
    ["the setup and teardown of its scope", "s1>w1>t1 s1>t1", ["w1"], [], "s1 t1 w1"],
    ["no setup whose scope has ended before it", "s1>w1>t1>w2 s1>t1", ["w2"], [], "w2"],
    ["a setup without a teardown, however far above", "s1>w1>w2>w3", ["w3"], [], "s1 w3"],
    ["the teardowns of a setup", "s1>w1>t1 s1>t1", ["s1"], [], "s1 t1"],
    ["nothing with a teardown", "s1>w1>t1 s1>t1", ["t1"], [], "t1"],
    ["the scopes of all that is named", "s1>w1>t1 s1>t1 s2>w2>t2 s2>t2", ["w1", "w2"], [], "s1 s2 t1 t2 w1 w2"],
  ] as const)("[C9] %s", (_name, edges, named, ways, expected) => {
    expect(select(edges, named, ...ways)).toBe(expected);
  });
});

function places(
  graph: string,
  named: readonly [string, number | null][],
  ...ways: readonly ("upstream" | "downstream")[]
) {
  const run = mappedRun(graph);
  const direction = { upstream: ways.includes("upstream"), downstream: ways.includes("downstream") };
  const names = named.map(([id, mapIndex]) => ({ task: run.graph.indexOf.get(id) ?? -1, mapIndex }));
  const found = selectPlaces(run, names, direction);
  return found.map((place) => `${run.taskAt(place).spec.taskId}${run.mapIndex[place]}`.replace("-1", "")).join(" ");
}

describe("what an index brings along", () => {
  const grouped = "a -> group g[x3]{b -> c} -> d";
  it.each([
    ["itself", grouped, [["b", 1]], [], "b1"],
    ["its own index below it in the group, and all behind the group", grouped, [["b", 1]], ["downstream"], "b1 c1 d"],
    ["its own index above it in the group, and all before the group", grouped, [["c", 2]], ["upstream"], "a b2 c2"],
    [
      "each its own, when several are named",
      grouped,
      [
        ["c", 0],
        ["c", 2],
      ],
      ["upstream"],
      "a b0 b2 c0 c2",
    ],
    ["all instances of a mapped task beside it", "1 -> 2[x2] -> 3[x2]", [["3", 1]], ["upstream"], "1 20 21 31"],
    ["all of a task without an index, in order", grouped, [["c", null]], ["upstream"], "a b0 b1 b2 c0 c1 c2"],
    ["nothing, when the task has no such index", grouped, [["c", 7]], ["upstream"], ""],
  ] as const)("[C10] %s", (_name, graph, named, ways, expected) => {
    expect(
      places(
        graph,
        named.map(([id, index]) => [id, index]),
        ...ways,
      ),
    ).toBe(expected);
  });
});
