/**
 * Airflow's cases about whole runs, through the Durable Object in workerd: tasks are claimed and reported as an executor does,
 * and the run ends, or does not, as the case says. The same cases go through the engine alone in test/conformance.
 */
import { beforeAll, expect, test } from "vitest";
import type { DagSpec, DecisionSpec, MapSpec, TaskSpec, TriggerRule } from "../../src/dag/spec.ts";
import type { TaskInstanceView } from "../../src/platform.ts";
import { MAPPED_SCENARIOS, type MappedScenario } from "../conformance/mapped-scenarios.ts";
import { kindByName, tasksOf } from "../conformance/worlds.ts";
import vectors from "../fixtures/airflow.vectors.json";
import { graphOf, overResult, task } from "../fixtures/engine-dag.ts";
import { DrivenDag, migrateCatalog, outcomeOf, success } from "./driven-dag.ts";

beforeAll(migrateCatalog);

async function newDag(dagId: string, options: Partial<Omit<DagSpec, "dagId">>): Promise<DrivenDag> {
  const dag = await DrivenDag.make(dagId, options);
  await dag.trigger();
  return dag;
}

interface RunCase {
  readonly edges: readonly string[];
  readonly states: Readonly<Record<string, string | null>>;
  readonly rules?: Readonly<Record<string, string>>;
  readonly kinds?: Readonly<Record<string, string>>;
  readonly expect: string | Readonly<Record<string, string>>;
}

const runCases: readonly RunCase[] = vectors.run_state_decisions as never;
/** Tries of an executor end in these; the other states come about by what no executor does. */
const reportable = ["success", "failed", "skipped", null];
const reachable = runCases.filter((one) => Object.values(one.states).every((state) => reportable.includes(state)));

test("all but the cases with states that no executor reports are asked", () => {
  expect(runCases.length - reachable.length).toBe(2);
});

for (const [index, one] of reachable.entries()) {
  for (const failsRun of typeof one.expect === "string" ? [false] : [false, true]) {
    const name = `${one.edges.join(" ")} ${JSON.stringify(one.states)}${failsRun ? " (failure counts)" : ""}`;
    test(`run state: ${name}`, async () => {
      const dag = await newDag(`run_state_${index}_${failsRun}`, { tasks: tasksOfRun(one, failsRun) });
      await dag.drive(({ taskId }) => endAs(one.states[taskId]));
      const wanted =
        typeof one.expect === "string"
          ? one.expect
          : Object.entries(one.expect).find(([key]) => key.endsWith(String(failsRun)))?.[1];
      const state = await dag.stateOfRun();
      // The engine runs a cascade to its end within the event, where Airflow takes one more pass.
      const isOver = Object.values(await dag.states()).every((state) => state !== "none" && state !== "queued");
      if (wanted === "running" && isOver) expect(state).not.toBe("queued");
      else expect(state).toBe(wanted);
    });
  }
}

interface ShortCircuitCase {
  readonly returns_truthy: boolean;
  readonly ignore_downstream_trigger_rules: boolean;
  readonly op2_rule: string;
  readonly final: Readonly<Record<string, string>>;
}

for (const [index, one] of (vectors.short_circuit as readonly ShortCircuitCase[]).entries()) {
  test(`short circuit ${index}: ${JSON.stringify(one.final)}`, async () => {
    const scope = one.ignore_downstream_trigger_rules ? "all" : "direct";
    const decision: DecisionSpec = { type: "short_circuit", scope };
    const tasks = graphOf("short_circuit>op1>op2", {
      short_circuit: { decision },
      op2: { triggerRule: one.op2_rule as TriggerRule },
    });
    const dag = await newDag(`short_circuit_${index}`, { tasks });
    const decided = success({ decision: one.returns_truthy ? { type: "pass" } : { type: "skip", scope } });
    await dag.drive(({ taskId }) => (taskId === "short_circuit" ? decided : success()));
    const { op1, op2 } = await dag.states();
    expect({ op1, op2 }).toEqual({
      op1: one.final["op1"]?.split(" ")[0],
      op2: one.final["op2"]?.split(" ")[0],
    });
  });
}

function tasksOfRun(one: RunCase, failsRun: boolean): readonly TaskSpec[] {
  const options = Object.fromEntries(
    Object.keys(one.states).map((id): [string, Partial<Omit<TaskSpec, "taskId" | "upstream">>] => {
      const kind = one.kinds?.[id] ?? "";
      const rule = one.rules?.[id];
      if (kind === "setup") return [id, { isSetup: true }];
      if (!kind.startsWith("teardown")) {
        // The cases put states down; where one has a success behind a failure, its task has a rule that allows it.
        const isBehindFailure = one.edges.some(
          (edge) => edge.endsWith(`>${id}`) && one.states[edge.split(">").at(-2) ?? ""] === "failed",
        );
        const wanted = rule ?? (one.states[id] === "success" && isBehindFailure ? "all_done" : "all_success");
        return [id, { triggerRule: wanted as TriggerRule }];
      }
      const teardown = { isTeardown: true, triggerRule: "all_done_setup_success" } as const;
      return [id, failsRun && kind.includes("varies") ? { ...teardown, onFailureFailDagRun: true } : teardown];
    }),
  );
  const inEdges = graphOf(one.edges.join(" "), options);
  const alone = Object.keys(one.states).filter((id) => inEdges.every((other) => other.taskId !== id));
  return [...inEdges, ...alone.map((id) => task(id, options[id]))];
}

/** Null leaves the try queued. */
function endAs(state: string | null | undefined) {
  return state == null ? null : outcomeOf(state as "success" | "failed" | "skipped");
}

interface SelectionCase {
  readonly edges: readonly string[];
  readonly queries: readonly {
    readonly task: string;
    readonly upstream?: boolean;
    readonly downstream?: boolean;
    /** Asked before the edges of w4 were there. */
    readonly without_w4?: boolean;
    readonly expect: readonly string[];
  }[];
}

for (const [index, one] of (vectors.clear_selection as readonly SelectionCase[]).entries()) {
  for (const [at, query] of one.queries.entries()) {
    const { task: named, upstream = false, downstream = false, without_w4: isWithout = false } = query;
    const way = `${upstream ? " upstream" : ""}${downstream ? " downstream" : ""}`;
    test(`clear selection: ${named}${way} of ${one.edges.join(" ")}`, async () => {
      const edges = isWithout ? one.edges.filter((edge) => !edge.split(">").includes("w4")) : one.edges;
      const dag = await newDag(`clear_${index}_${at}`, { tasks: tasksOf(edges, kindByName) });
      await dag.drive();
      const selection = { tasks: [named], upstream, downstream };
      const taskIds = (rows: readonly TaskInstanceView[]) => rows.map(({ taskId }) => taskId as string).sort();
      const expected = [...query.expect].sort();
      expect(taskIds(await dag.clear(selection, { dryRun: true }))).toEqual(expected);
      expect(taskIds((await dag.rows()).filter(({ state }) => state !== "success"))).toEqual([]);
      await dag.clear(selection);
      expect(taskIds((await dag.rows()).filter(({ state }) => state !== "success"))).toEqual(expected);
      await dag.drive();
      expect(await dag.stateOfRun()).toBe("success");
    });
  }
}

interface ExpansionCase {
  readonly airflow_test: string;
  readonly before?: readonly number[];
  readonly new_len?: number;
  readonly new?: string;
  readonly upstream_len?: number;
  readonly existing?: string;
  readonly expect: Readonly<Record<string, string | null>>;
}

/** `source` tells a length; `each` waits for `gate` as well, so that its instances stay without a state. */
const gated = [
  task("source"),
  task("gate"),
  task("each", { upstream: ["source", "gate"], mapped: overResult("source") }),
];

/** Ends `source` with so many items, and whatever of `ids` is ready. */
async function tell(dag: DrivenDag, length: number, ids: readonly string[] = []): Promise<void> {
  await dag.drive(({ taskId }) => {
    if (taskId === "source") return success({ lengths: { own: length } });
    return ids.includes(taskId) ? success() : null;
  });
}

function orNone(expected: ExpansionCase["expect"]): Record<string, string> {
  return Object.fromEntries(Object.entries(expected).map(([index, state]) => [index, state ?? "none"]));
}

for (const [index, one] of (vectors.mapped_expansion as readonly ExpansionCase[]).entries()) {
  const { before, new_len: after, upstream_len: length, existing } = one;
  test(`mapped expansion: ${one.airflow_test}`, async () => {
    const id = `expansion_${index}`;
    if (one.new !== undefined) {
      await keepsItsVersion(id, one);
      return;
    }
    const dag = await newDag(id, { tasks: gated });
    if (before !== undefined && after !== undefined) {
      await tell(dag, before.length, ["gate"]);
      expect(Object.keys(await dag.statesByIndex("each"))).toEqual(before.map(String));
      await dag.clear({ tasks: ["source", "gate", "each"] });
      await tell(dag, after);
    } else if (length !== undefined) {
      await tell(dag, length, ["gate", "each"]);
      if (existing !== undefined) {
        expect([existing, await dag.stateOfRun()]).toEqual(["0..2 success", "success"]);
        await dag.clear({ tasks: ["source"] });
        await tell(dag, length);
      }
    } else throw new Error("unknown shape");
    expect(await dag.statesByIndex("each")).toEqual(orNone(one.expect));
  });
}

/** Airflow changes a live run to the new version at once; here it keeps its own, and the next one has the new. */
async function keepsItsVersion(dagId: string, { before, new: words }: ExpansionCase): Promise<void> {
  expect([before, words]).toEqual([[0, 1, 2, 3], "expand over unfinished upstream"]);
  const version = (mapped: MapSpec) => ({ tasks: [task("source"), task("each", { upstream: ["source"], mapped })] });
  const dag = await newDag(dagId, version({ type: "each", source: { type: "literal", length: 4 } }));
  await dag.define(version(overResult("source")));
  expect(await dag.statesByIndex("each")).toEqual({ "0": "none", "1": "none", "2": "none", "3": "none" });
  await dag.trigger("r2");
  expect(await dag.statesByIndex("each", "r2")).toEqual({ "-1": "none" });
}

test("a mapped task expands, and its consumer waits for all of it", async () => {
  const tasks = graphOf("make>double>collect", { double: { mapped: overResult("make") } });
  const dag = await newDag("mapped", { tasks });
  const end = (isLast: boolean) =>
    dag.drive(({ taskId, mapIndex }) => {
      if (taskId === "make") return success({ lengths: { own: 3 } });
      return taskId === "double" && (isLast || mapIndex < 2) ? success() : null;
    });
  await end(false);
  expect(await dag.statesByIndex("double")).toEqual({ "0": "success", "1": "success", "2": "queued" });
  expect(await dag.statesByIndex("collect")).toEqual({ "-1": "none" });
  await end(true);
  expect(await dag.statesByIndex("collect")).toEqual({ "-1": "queued" });
});

interface ScenarioCase {
  readonly airflow_test: string;
  readonly expect: MappedScenario["expect"];
}

for (const [index, one] of (vectors.mapped_scenarios as readonly ScenarioCase[]).entries()) {
  test(`mapped scenario: ${one.airflow_test}`, async () => {
    const scenario = MAPPED_SCENARIOS[one.airflow_test];
    expect(scenario?.expect).toEqual(one.expect);
    if (scenario === undefined) return;
    const { dag: definition, ends, lengths } = scenario;
    const dag = await newDag(`scenario_${index}`, definition);
    await dag.drive(({ taskId, mapIndex }) => {
      const own = lengths?.[taskId];
      const end = ends[`${taskId}[${mapIndex}]`] ?? ends[taskId] ?? "success";
      return outcomeOf(end, own === undefined ? {} : { lengths: { own } });
    });
    for (const [name, states] of Object.entries(one.expect)) {
      const found = name === "run" ? [await dag.stateOfRun()] : Object.values(await dag.statesByIndex(name));
      expect([name, found]).toEqual([name, [states].flat()]);
    }
  });
}
