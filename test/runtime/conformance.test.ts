/**
 * Airflow's cases about whole runs, through the Durable Object in workerd: tasks are claimed and reported as an executor does,
 * and the run ends, or does not, as the case says. The same cases go through the engine alone in test/conformance.
 */
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { d1Catalog } from "../../src/catalog/drivers/d1.ts";
import { migrate } from "../../src/catalog/migrate.ts";
import type { DagId } from "../../src/dag/ids.ts";
import type { DecisionSpec, TaskSpec, TriggerRule } from "../../src/dag/spec.ts";
import { PROTOCOL_VERSION, type TryOutcome } from "../../src/executor/protocol.ts";
import type { SchedulerClient, TaskInstanceView } from "../../src/platform.ts";
import type { Env } from "../../workers/cloudflare/env.ts";
import { migrations } from "../../workers/cloudflare/migrations.ts";
import vectors from "../fixtures/airflow.vectors.json";
import { graphOf, spec, task } from "../fixtures/engine-dag.ts";

const bindings = env as unknown as Env;
const actor = { name: "tester", via: "api" } as const;

beforeAll(async () => {
  await migrate(d1Catalog(bindings.DB), migrations, 1);
});

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
      const dag = await newDag(`run_state_${index}_${failsRun}`, tasksOf(one, failsRun));
      await drive(dag, one.states);
      const wanted =
        typeof one.expect === "string"
          ? one.expect
          : Object.entries(one.expect).find(([key]) => key.endsWith(String(failsRun)))?.[1];
      const run = await dag.run("r1");
      // The engine runs a cascade to its end within the event, where Airflow takes one more pass.
      const isOver = Object.values(await statesOf(dag)).every((state) => state !== "none" && state !== "queued");
      if (wanted === "running" && isOver) expect(run?.state).not.toBe("queued");
      else expect(run?.state).toBe(wanted);
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
    const dag = await newDag(`short_circuit_${index}`, tasks);
    await drive(dag, { short_circuit: "success", op1: "success", op2: "success" }, (taskId) =>
      taskId === "short_circuit" ? { decision: one.returns_truthy ? { type: "pass" } : { type: "skip", scope } } : {},
    );
    const { op1, op2 } = await statesOf(dag);
    expect({ op1, op2 }).toEqual({
      op1: one.final["op1"]?.split(" ")[0],
      op2: one.final["op2"]?.split(" ")[0],
    });
  });
}

test("a mapped task expands, and its consumer waits for all of it", async () => {
  const source = { type: "xcom", taskId: "make" as never } as const;
  const mapped = { type: "product", inputs: [{ name: "x", source }] } as const;
  const dag = await newDag("mapped", graphOf("make>double>collect", { double: { mapped } }));
  await drive(dag, { make: "success", double: "success", collect: null }, (taskId) =>
    taskId === "make" ? { lengths: { own: 3 } } : {},
  );
  const rows = await rowsOf(dag);
  expect(rows.filter((row) => row.taskId === "double").map((row) => [row.mapIndex, row.state])).toEqual([
    [0, "success"],
    [1, "success"],
    [2, "success"],
  ]);
  expect(rows.find((row) => row.taskId === "collect")?.state).toBe("queued");
});

type Stub = DurableObjectStub & SchedulerClient;

async function newDag(dagId: string, tasks: readonly TaskSpec[]): Promise<Stub> {
  const stub = bindings.DAG_SCHEDULER.getByName(dagId) as unknown as Stub;
  const definition = { ...spec({ tasks }), dagId: dagId as DagId };
  await stub.sync({
    spec: definition,
    specHash: dagId,
    sourceHash: "source",
    source: "// source",
    filePath: `dags/${dagId}.ts`,
    bundleId: "b",
    hasImportError: false,
  });
  const request = { runId: "r1", logicalAt: null, conf: {}, note: null, idempotencyKey: null, bodyHash: null, actor };
  expect((await stub.trigger(request)).ok).toBe(true);
  return stub;
}

function tasksOf(one: RunCase, failsRun: boolean): readonly TaskSpec[] {
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

async function rowsOf(stub: Stub): Promise<readonly TaskInstanceView[]> {
  return (await stub.taskInstances("r1", { limit: 100 }))?.rows ?? [];
}

async function statesOf(stub: Stub): Promise<Record<string, string>> {
  return Object.fromEntries((await rowsOf(stub)).map((row) => [row.taskId, row.state]));
}

/** Ends the tries of all tasks that are to end, as they become ready. */
async function drive(
  stub: Stub,
  states: Readonly<Record<string, string | null>>,
  extra: (taskId: string) => Partial<Extract<TryOutcome, { type: "success" }>> = () => ({}),
): Promise<void> {
  for (let sequence = 1; sequence < 50; ) {
    const ready = (await rowsOf(stub)).filter((row) => row.state === "queued" && states[row.taskId] != null);
    if (ready.length === 0) return;
    const common = { v: PROTOCOL_VERSION, dagId: ready[0]?.dagId as DagId, invocation: "i", bundleId: "b" } as const;
    const items = ready.map(({ runId, taskId, mapIndex, token }) => ({ runId, taskId, mapIndex, token }));
    const { grants } = await stub.claim({ ...common, channel: "tasks", sequence: sequence++, items });
    expect(grants).toHaveLength(ready.length);
    const reports = grants.map(({ runId, taskId, mapIndex, token }) => ({
      ...{ runId, taskId, mapIndex, token, xcoms: [], logChunkCount: 0 },
      outcome: outcomeOf(states[taskId] ?? "success", extra(taskId)),
    }));
    const rest = { channel: "tasks", capacity: 0, wallLeftMs: 0, hop: 0 } as const;
    await stub.report({ ...common, ...rest, sequence: sequence++, reports });
  }
}

function outcomeOf(state: string, extra: Partial<Extract<TryOutcome, { type: "success" }>>): TryOutcome {
  if (state === "success") return { type: "success", returnValue: { type: "inline", json: "1" }, ...extra };
  if (state === "skipped") return { type: "skipped", message: null };
  const error = { name: "Error", message: "on purpose", stack: null, causes: [] };
  return { type: "failed", error, retry: { type: "allowed" }, reason: null };
}
