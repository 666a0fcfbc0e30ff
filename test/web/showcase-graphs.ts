/** A DAG with everything that a graph can show: nested groups, a branch, mapped tasks, a setup and its teardown. */
import { versionDisplays } from "../../src/catalog/sql/version-displays.ts";
import type { DagSpec, TaskSpec } from "../../src/dag/spec.ts";
import type { TaskInstanceState } from "../../src/engine/states.ts";
import type { DagRunView, TaskInstanceView } from "../../src/platform.ts";
import { makeDisplay } from "../../workers/node/manifest-display.ts";
import type { FakePlatform } from "../api/fake-platform.ts";
import { makeSpec, makeTaskSpec } from "../api/specs.ts";
import { makeDagView } from "../api/world.ts";
import { makeDag, makeRun, makeTaskInstance, makeVersion, taskId } from "../fixtures/projections.ts";

export const WAREHOUSE = "warehouse";
const HOUR = 3_600_000;
const SOURCES = ["orders", "customers", "payments", "shipments", "web_clicks"];

export function warehouseRunId(age: number): string {
  return `scheduled__2026-11-22T${String(11 - age).padStart(2, "0")}:00:00+00:00`;
}

/** A task behind others, in the group that its name begins with. */
function step(id: string, upstream: readonly string[], given: Partial<TaskSpec> = {}): TaskSpec {
  const group = id.includes(".") ? id.slice(0, id.lastIndexOf(".")) : null;
  return makeTaskSpec(id, { groupId: group, upstream: upstream.map(taskId), ...given });
}

export function warehouseSpec(): DagSpec {
  const extracts = SOURCES.map((name) => `extract.${name}`);
  const staged = SOURCES.map((name) => `staging.${name}`);
  return makeSpec(WAREHOUSE, {
    description: "Loads five sources, builds the marts and tells the dashboards",
    docs: WAREHOUSE_DOCS,
    params: null,
    tasks: [
      step("create_cluster", [], { isSetup: true }),
      ...extracts.map((id) => step(id, ["create_cluster"])),
      step("partitions", ["create_cluster"]),
      ...staged.map((id, place) => step(id, [extracts[place] ?? ""])),
      step("load_partition", ["partitions"], {
        mapped: { type: "each", source: { type: "xcom", taskId: taskId("partitions") } },
      }),
      step("marts.sales.daily", [...staged, "load_partition"], { docs: SALES_DOCS }),
      step("marts.sales.by_region", ["marts.sales.daily"]),
      step("marts.customers.lifetime_value", staged),
      step("marts.customers.churn_risk", ["marts.customers.lifetime_value"]),
      step("check_quality", ["marts.sales.by_region", "marts.customers.churn_risk"], { decision: { type: "branch" } }),
      step("publish_dashboards", ["check_quality"]),
      step("alert_the_owner_of_the_data", ["check_quality"]),
      step("refresh_search_index", ["partitions"]),
      step("notify", ["publish_dashboards", "alert_the_owner_of_the_data"], {
        triggerRule: "none_failed_min_one_success",
      }),
      step("delete_cluster", ["notify", "refresh_search_index"], { isTeardown: true }),
    ],
    groups: [
      { groupId: "extract", parentId: null, label: "extract" },
      { groupId: "staging", parentId: null, label: "staging" },
      { groupId: "marts", parentId: null, label: "marts" },
      { groupId: "marts.sales", parentId: "marts", label: "sales" },
      { groupId: "marts.customers", parentId: "marts", label: "customers" },
    ],
  });
}

/** Before the search index was refreshed. */
function firstVersion(spec: DagSpec): DagSpec {
  const gone = taskId("refresh_search_index");
  const tasks = spec.tasks
    .filter((task) => task.taskId !== gone)
    .map((task) => ({ ...task, upstream: task.upstream.filter((id) => id !== gone) }));
  return { ...spec, tasks };
}

export async function addGraphShowcase(platform: FakePlatform): Promise<void> {
  const spec = warehouseSpec();
  const runs = Array.from({ length: 8 }, (_, age) => runOf(platform.now, age)).reverse();
  const scheduler = platform.scheduler(WAREHOUSE);
  scheduler.view = makeDagView(WAREHOUSE, { versionNumber: 2, nextRunAfterAt: platform.now + HOUR / 2 });
  for (const run of runs) scheduler.runs.set(run.runId, run);
  const instances = runs.flatMap((run, place) => instancesOf(spec, run, runs.length - 1 - place));
  scheduler.instances.push(...instances);
  const versions = [1, 2].map((versionNumber) =>
    makeVersion({
      dagId: WAREHOUSE,
      versionNumber,
      specJson: JSON.stringify(versionNumber === 2 ? spec : firstVersion(spec)),
      specHash: `spec-${versionNumber}`,
      sourceHash: `source-${versionNumber}`,
      source: versionNumber === 2 ? SOURCE : SOURCE.replace(', "web_clicks"', "").replace(/.*search.*\n/, ""),
      filePath: "dags/warehouse.ts",
      createdAt: platform.now - (3 - versionNumber) * 4.2 * HOUR,
      version: versionNumber,
    }),
  );
  await platform.catalog.write(
    versions.map(({ dagId, specHash, sourceHash, specJson, source }) =>
      versionDisplays.insert({ dagId, specHash, sourceHash, display: makeDisplay(JSON.parse(specJson), source) }),
    ),
  );
  await platform.project({
    dag: makeDag({
      dagId: WAREHOUSE,
      description: spec.description,
      tags: ["hourly"],
      scheduleText: "0 * * * *",
      owner: "data",
      filePath: "dags/warehouse.ts",
      versionNumber: 2,
      nextRunAfterAt: platform.now + HOUR / 2,
    }),
    versions,
    dagRuns: runs,
    taskInstances: instances,
  });
}

function runOf(now: number, age: number): DagRunView {
  const at = now - age * HOUR - 200_000;
  const state = age === 0 ? "running" : age === 2 ? "failed" : "success";
  return makeRun({
    dagId: WAREHOUSE,
    runId: warehouseRunId(age),
    runType: "scheduled",
    state,
    logicalAt: at,
    runAfterAt: at,
    queuedAt: at,
    startAt: at + 300,
    endAt: state === "running" ? null : at + 150_000 + age * 9_000,
    triggeredBy: "schedule",
    versionNumber: age < 4 ? 2 : 1,
    reason: state === "failed" ? "task_failure" : null,
    version: 20 - age,
  });
}

const LIVE: Readonly<Record<string, TaskInstanceState>> = {
  "staging.payments": "running",
  "staging.shipments": "up_for_retry",
  "staging.web_clicks": "queued",
  refresh_search_index: "running",
};

function stateOf(run: DagRunView, task: TaskSpec): TaskInstanceState {
  const { taskId: id } = task;
  if (run.state === "success") return id === "alert_the_owner_of_the_data" ? "skipped" : "success";
  const isEarly = !/^(marts|check|publish|alert|notify|delete)/.test(id);
  if (run.state === "running") return LIVE[id] ?? (isEarly ? "success" : "none");
  if (id === "marts.sales.daily") return "failed";
  if (isEarly || id === "delete_cluster" || id.startsWith("marts.customers")) return "success";
  return "upstream_failed";
}

function instancesOf(spec: DagSpec, run: DagRunView, age: number): readonly TaskInstanceView[] {
  const { tasks } = run.versionNumber === 1 ? firstVersion(spec) : spec;
  return tasks.flatMap((task, place) => {
    const count = task.mapped === undefined ? 1 : 6;
    return Array.from({ length: count }, (_, index) => {
      let state = stateOf(run, task);
      if (count > 1 && run.state === "running")
        state = (["success", "success", "running", "failed", "queued"] as const)[index] ?? "scheduled";
      const start = run.queuedAt + 800 + place * 5_000 + index * 700;
      const hasStarted = ["success", "failed", "running", "up_for_retry"].includes(state);
      const isOver = ["success", "failed", "up_for_retry", "skipped", "upstream_failed"].includes(state);
      return makeTaskInstance({
        dagId: WAREHOUSE,
        runId: run.runId,
        taskId: task.taskId,
        mapIndex: count === 1 ? -1 : index,
        state,
        tryNumber: hasStarted ? 1 : 0,
        maxTries: task.retries,
        queuedAt: hasStarted || state === "queued" ? start - 600 - (place % 3) * 900 : null,
        startAt: hasStarted ? start : null,
        endAt: isOver ? start + 3_000 + ((place * 7_919 + age * 1_300) % 17_000) : null,
        error: state === "failed" ? { name: "Error", message: "Column order_total is missing", stack: null } : null,
        version: place + 1,
      });
    });
  });
}

const SOURCE = `import { cron, dag } from "updraft";

const sources = ["orders", "customers", "payments", "shipments", "web_clicks"];

// Every hour, because the dashboards promise it.
export default dag("warehouse", { schedule: cron("0 * * * *"), defaults: { retries: 2 } }, ({ task, group }) => {
  const cluster = task("create_cluster", { setup: true }, async ({ env }) => env.CLUSTERS.create());
  const extract = group("extract", () => sources.map((name) => task(name, { after: cluster }, () => copy(name))));
  task("refresh_search_index", { after: cluster }, async ({ log }) => log.info("refreshed"));
});
`;

const SALES_DOCS = `Sums the orders of the day.

- **Late orders** count for the day they were made
- refunds do not, see [the rules](https://example.org/rules/refunds)
`;

const WAREHOUSE_DOCS = `# Warehouse

Loads **five sources** every hour and builds the marts of *sales* and *customers*.

## When it fails

1. Look whether a source changed its columns: \`staging.*\` says which.
2. Clear the failed task; what is behind it runs again.

| Mart | Owner |
|---|---|
| sales | finance |
| customers | growth |

> The marts are rebuilt whole. Nothing is lost by running twice.

See [the runbook](https://example.org/runbooks/warehouse).
`;
