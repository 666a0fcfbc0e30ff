/** Cases of the critical section whose task instances or DAGs are told in words. */
import type { TaskSpec } from "../../../src/dag/spec.ts";
import { setParallelism, viewOf } from "../../../src/engine/limits/limits-state.ts";
import { spec, task } from "../../fixtures/engine-dag.ts";
import type { World } from "../../fixtures/engine-world.ts";
import { LimitsBench, named } from "../../fixtures/limits-bench.ts";
import type { HandTests } from "../by-hand.ts";
import { expectSame } from "../group.ts";
import { instanceRecord, putRun } from "../worlds.ts";

/** A DAG with runs whose task instances stand as given. */
function addDag(
  bench: LimitsBench,
  dagId: string,
  tasks: readonly TaskSpec[],
  runs: Readonly<Record<string, Readonly<Record<string, string>>>>,
  options: { readonly maxActiveTasks?: number; readonly queued?: readonly string[] } = {},
): World {
  const world = bench.add(named(spec({ tasks, maxActiveTasks: options.maxActiveTasks ?? null }), dagId));
  Object.entries(runs).forEach(([runId, states], at) => {
    const records = Object.entries(states).map(([taskId, state]) => instanceRecord(taskId, state));
    // Airflow's later runs have later logical dates.
    const logicalAt = world.now - 86_400_000 + at * 3_600_000;
    putRun(
      world,
      { runId, state: options.queued?.includes(runId) === true ? "queued" : "running", logicalAt },
      records,
    );
  });
  world.restart(viewOf(bench.limits));
  return world;
}

/** All ask; then Airflow's one pass, which hands out at most so many. */
function pass(bench: LimitsBench, maxTis: number): string[] {
  bench.settle();
  setParallelism(bench.limits, bench.limits.holderCount + maxTis);
  bench.tellAll();
  return [...bench.worlds.values()].flatMap((world) =>
    world.queue.map(({ runId, taskId }) => `${world.state.dagId}/${runId}/${taskId}`),
  );
}

const countOf = (names: readonly string[], prefix: string) => names.filter((one) => one.startsWith(prefix)).length;
const absolute = (id: string, options: Parameters<typeof task>[1]) => task(id, { weightRule: "absolute", ...options });

export const criticalSectionByHand: HandTests = {
  "per-run-limit-6-dags": {
    words: {
      pools: { p1: 64, p2: 64 },
      dags: { "6 dags, 80..1300 tasks each": { max_active_tasks: 4 } },
      tis: "all scheduled, same run_id string in every dag",
      max_tis: 70,
      expect_queued: { total: 24, per_dag: 4 },
    },
    check() {
      const bench = new LimitsBench({ p1: 64, p2: 64 }, 0);
      [80, 300, 500, 800, 1_000, 1_300].forEach((size, at) => {
        const pool = at % 2 === 0 ? "p1" : "p2";
        const tasks = Array.from({ length: size }, (_, index) => absolute(`t${index}`, { pool }));
        const states = Object.fromEntries(tasks.map(({ taskId }) => [taskId, "scheduled"]));
        addDag(bench, `d${at}`, tasks, { same: states }, { maxActiveTasks: 4 });
      });
      const queued = pass(bench, 70);
      expectSame(queued.length, 24, "in one pass, queued");
      expectSame(
        [0, 1, 2, 3, 4, 5].map((at) => countOf(queued, `d${at}/`)),
        [4, 4, 4, 4, 4, 4],
        "queued by DAG",
      );
    },
  },
  "starved-pool-before-rank": {
    words: {
      pools: { test_pool1: 0, test_pool2: 64 },
      dags: { d: { max_active_tasks: 4 } },
      tis: "12 scheduled; dummy0 (w0) and dummy10 (w5) in test_pool1, rest (w1) in test_pool2",
      max_tis: 50,
      expect_queued: { total: 4, never: ["dummy0", "dummy10"] },
    },
    check() {
      const bench = new LimitsBench({ test_pool1: 0, test_pool2: 64 }, 0);
      const weights: Readonly<Record<number, number>> = { 0: 0, 10: 5 };
      const tasks = Array.from({ length: 12 }, (_, at) =>
        absolute(`dummy${at}`, {
          pool: at in weights ? "test_pool1" : "test_pool2",
          priorityWeight: weights[at] ?? 1,
        }),
      );
      const states = Object.fromEntries(tasks.map(({ taskId }) => [taskId, "scheduled"]));
      addDag(bench, "d", tasks, { r: states }, { maxActiveTasks: 4 });
      const queued = pass(bench, 50);
      expectSame(queued.length, 4, "queued");
      expectSame(
        queued.filter((one) => one === "d/r/dummy0" || one === "d/r/dummy10"),
        [],
        "queued of a full pool",
      );
    },
  },
  "two-slots-per-task": {
    words: {
      pools: { p: 6 },
      dags: { d: {} },
      tis: "5 runs x 1 task, pool_slots=2",
      max_tis: 32,
      expect_queued: { total: 3 },
    },
    check() {
      const bench = new LimitsBench({ p: 6 }, 0);
      const runs = Object.fromEntries([1, 2, 3, 4, 5].map((at) => [`r${at}`, { t: "scheduled" }]));
      addDag(bench, "d", [absolute("t", { pool: "p", poolSlots: 2 })], runs);
      expectSame(pass(bench, 32).length, 3, "queued");
    },
  },
  "concurrency-per-run": {
    words: {
      pools: { default_pool: 128 },
      dags: { d: { max_active_tasks: 2 } },
      tis: "3 runs x 3 tasks: run1 2 active+1 scheduled; run2 1 active+2 scheduled; run3 3 scheduled (active = running or queued)",
      max_tis: 32,
      expect_queued: { run_1: 0, run_2: 1, run_3: 2, second_pass: 0 },
    },
    check() {
      const bench = new LimitsBench({ default_pool: 128 }, 0);
      const tasks = ["a", "b", "c"].map((id) => absolute(id, {}));
      const runs = {
        run_1: { a: "running", b: "queued", c: "scheduled" },
        run_2: { a: "running", b: "scheduled", c: "scheduled" },
        run_3: { a: "scheduled", b: "scheduled", c: "scheduled" },
      };
      addDag(bench, "d", tasks, runs, { maxActiveTasks: 2 });
      const queued = pass(bench, 32);
      expectSame(
        [1, 2, 3].map((at) => countOf(queued, `d/run_${at}/`)),
        [0, 1, 2],
        "queued by run",
      );
      expectSame(pass(bench, 32).length, queued.length, "after a second pass, queued");
    },
  },
  "task-limit-blocks-first": {
    words: {
      pools: { default_pool: 128 },
      dags: { d: {} },
      tis: "t_a (w2, max_active_tis_per_dag=1): running in r1, scheduled in r2; t_b (w1) scheduled in r1",
      max_tis: 1,
      expect_queued: ["r1/t_b"],
    },
    check() {
      const bench = new LimitsBench({ default_pool: 128 }, 0);
      const tasks = [absolute("t_a", { priorityWeight: 2, maxActiveTisPerDag: 1 }), absolute("t_b", {})];
      // In r2 the task that the case does not name is over.
      addDag(bench, "d", tasks, {
        r1: { t_a: "running", t_b: "scheduled" },
        r2: { t_a: "scheduled", t_b: "success" },
      });
      expectSame(pass(bench, 1), ["d/r1/t_b"], "queued");
    },
  },
  "per-run-task-limit-other-run-ok": {
    words: {
      pools: { default_pool: 128 },
      dags: { d: {} },
      tis: "same as above but max_active_tis_per_dagrun=1",
      max_tis: 1,
      expect_queued: ["r2/t_a"],
    },
    check() {
      const bench = new LimitsBench({ default_pool: 128 }, 0);
      const tasks = [absolute("t_a", { priorityWeight: 2, maxActiveTisPerDagrun: 1 }), absolute("t_b", {})];
      addDag(bench, "d", tasks, {
        r1: { t_a: "running", t_b: "scheduled" },
        r2: { t_a: "scheduled", t_b: "success" },
      });
      expectSame(pass(bench, 1), ["d/r2/t_a"], "queued");
    },
  },
  "negative-open-slots": {
    words: {
      pools: { default_pool: 0, pool1: 1, pool2: 1 },
      dags: { d: {} },
      tis: "op1 scheduled in pool1; op2 running in pool2 with pool_slots=2 (open=-1)",
      max_tis: 1,
      expect_queued: ["op1"],
    },
    check() {
      const bench = new LimitsBench({ default_pool: 0, pool1: 1, pool2: 1 }, 0);
      const tasks = [absolute("op1", { pool: "pool1" }), absolute("op2", { pool: "pool2", poolSlots: 2 })];
      addDag(bench, "d", tasks, { r: { op1: "scheduled", op2: "running" } });
      expectSame(pass(bench, 1), ["d/r/op1"], "queued");
      expectSame(bench.used("pool2"), 2, "slots used of pool2");
    },
  },
  "queued-run-not-run": {
    words: {
      pools: { default_pool: 128 },
      dags: { d: {} },
      tis: "run1 queued, run2 running; t scheduled in both",
      max_tis: 32,
      expect_queued: ["run2/t"],
    },
    check() {
      const bench = new LimitsBench({ default_pool: 128 }, 0);
      const runs = { run1: { t: "scheduled" }, run2: { t: "scheduled" } };
      addDag(bench, "d", [absolute("t", {})], runs, { queued: ["run1"] });
      expectSame(pass(bench, 32), ["d/run2/t"], "queued");
    },
  },
};
