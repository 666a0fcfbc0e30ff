import { describe, expect, it } from "vitest";
import { selectTasks } from "../../src/engine/clear-selection.ts";
import { compileGraph } from "../../src/engine/graph.ts";
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
