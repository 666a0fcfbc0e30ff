/** What a clear brings along: setups and teardowns of a DAG, and the instances of mapped relatives. */
import { z } from "zod";
import { selectPlaces, selectTasks } from "../../../src/engine/clear-selection.ts";
import { compileGraph } from "../../../src/engine/graph.ts";
import { assert } from "../../../src/lib/assert.ts";
import { spec } from "../../fixtures/engine-dag.ts";
import { edge, expectSame, group, PASSED } from "../group.ts";
import { mappedRun } from "../mapped-graph.ts";
import { kindByName, tasksOf } from "../worlds.ts";

const selectionCase = z.strictObject({
  id: z.string().optional(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  edges: z.array(edge).min(1),
  queries: z
    .array(
      z.strictObject({
        task: z.string(),
        upstream: z.boolean().default(false),
        downstream: z.boolean().default(false),
        /** Asked before the edges of w4 were there. */
        without_w4: z.boolean().default(false),
        expect: z.array(z.string()),
      }),
    )
    .min(1),
});

export const clearSelection = group<z.infer<typeof selectionCase>>({
  shape: selectionCase,
  id: (one) => one.id ?? `${one.airflow_test?.split("::").at(-1) ?? ""} ${one.edges.join(" ")}`,
  check(one) {
    for (const query of one.queries) {
      const edges = query.without_w4 ? one.edges.filter((text) => !text.split(">").includes("w4")) : one.edges;
      const graph = compileGraph(spec({ tasks: tasksOf(edges, kindByName) }), 1);
      const named = graph.indexOf.get(query.task);
      assert(named !== undefined, `the case has no task "${query.task}"`);
      const found = selectTasks(graph, [named], query).map((index) => graph.tasks[index]?.spec.taskId ?? "");
      const asked = `${query.task}${query.upstream ? " upstream" : ""}${query.downstream ? " downstream" : ""}:`;
      expectSame([...found].sort(), [...query.expect].sort(), asked);
    }
    return PASSED;
  },
});

/** A task id, or one with an index. */
const name = z.union([z.string(), z.tuple([z.string(), z.number().int().min(0)])]);

const relativesCase = z.strictObject({
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  graph: z.string(),
  case: z.tuple([z.array(name).min(1), z.array(name)]),
});

/** The relatives are those upstream, without the names themselves. */
export const relevantRelatives = group<z.infer<typeof relativesCase>>({
  shape: relativesCase,
  id: (one) => JSON.stringify(one.case[0]),
  check(one) {
    const [names, expected] = one.case;
    const run = mappedRun(one.graph);
    const named = names.map((each) => {
      const [taskId, mapIndex] = typeof each === "string" ? [each, null] : each;
      const task = run.graph.indexOf.get(taskId);
      assert(task !== undefined, `the graph has no task "${taskId}"`);
      return { task, mapIndex };
    });
    const itself = new Set(selectPlaces(run, named, { upstream: false, downstream: false }));
    const relatives = selectPlaces(run, named, { upstream: true, downstream: false }).filter(
      (place) => !itself.has(place),
    );
    const expectedPlaces = expected.flatMap((each) =>
      run.graph.tasks.flatMap(({ index, spec: { taskId } }) => {
        const places = Array.from({ length: run.count[index] ?? 0 }, (_, offset) => (run.first[index] ?? 0) + offset);
        if (typeof each === "string") return taskId === each ? places : [];
        return taskId === each[0] ? places.filter((place) => run.mapIndex[place] === each[1]) : [];
      }),
    );
    const keys = (places: readonly number[]) =>
      [...places].sort((a, b) => a - b).map((place) => `${run.taskAt(place).spec.taskId}[${run.mapIndex[place]}]`);
    expectSame(keys(relatives), keys(expectedPlaces));
    return PASSED;
  },
});
