/**
 * Who gets the free slots. Airflow asks once, of all that is scheduled; here the DAGs ask the limits of the deployment, so a
 * case first lets all of them ask, and then frees as many slots as Airflow would have handed out. Cases whose task instances
 * or DAGs are words have tests by hand.
 */
import { z } from "zod";
import { setParallelism, viewOf } from "../../../src/engine/limits/limits-state.ts";
import { DAG_RUN_STATES } from "../../../src/engine/states.ts";
import { assert } from "../../../src/lib/assert.ts";
import { spec, task } from "../../fixtures/engine-dag.ts";
import { LimitsBench, named } from "../../fixtures/limits-bench.ts";
import { byHand } from "../by-hand.ts";
import { expectSame, group, PASSED, UnknownShape } from "../group.ts";
import { instanceRecord, putRun } from "../worlds.ts";

const name = z.string().regex(/^[\w.-]+$/);
/** `r(+1h)` is a run an hour after `r(0)`. */
const runName = z.string().regex(/^\w+(\((0|\+\d+h)\))?$/);

const dataTis = z
  .array(
    z.tuple([
      name,
      runName,
      name,
      z.strictObject({
        w: z.number().int().default(1),
        pool: z.string().default("default_pool"),
        slots: z.number().int().min(1).default(1),
        state: z.enum(["scheduled", "queued", "running"]).default("scheduled"),
        max_active_tis_per_dag: z.number().int().min(1).optional(),
        max_active_tis_per_dagrun: z.number().int().min(1).optional(),
      }),
    ]),
  )
  .min(1);

const perRunState = z.partialRecord(z.enum(["run_state=running", ...DAG_RUN_STATES]), z.number().int().min(0));

const sectionCase = z.strictObject({
  id: z.string(),
  airflow_test: z.string().optional(),
  note: z.string().optional(),
  pools: z.record(z.string(), z.number().int().min(-1)),
  dags: z.record(z.string(), z.strictObject({ max_active_tasks: z.number().int().optional() })),
  tis: z.union([dataTis, z.string()]),
  max_tis: z.number().int().min(1),
  expect_queued: z.union([z.array(z.string()), perRunState, z.record(z.string(), z.unknown())]),
  ordered: z.boolean().default(false),
});
type SectionCase = z.infer<typeof sectionCase>;
type Tis = z.infer<typeof dataTis>;

export const criticalSection = group<SectionCase>({
  shape: sectionCase,
  id: (one) => one.id,
  async check(one) {
    if (typeof one.tis === "string") return byHand("critical_section", one.id, one);
    const { tis } = one;
    const expected = one.expect_queued;
    if (Array.isArray(expected)) {
      const found = queuedOf(one, tis, "running");
      const isSame = (queued: string | undefined, wanted: string) => queued !== undefined && isCalled(queued, wanted);
      const isMet = one.ordered
        ? found.length === expected.length && expected.every((wanted, at) => isSame(found[at], wanted))
        : found.length === expected.length &&
          expected.every((wanted) => found.some((queued) => isCalled(queued, wanted)));
      if (!isMet) expectSame(found, expected, "queued");
      return PASSED;
    }
    const states = perRunState.safeParse(expected);
    if (!states.success) throw new UnknownShape(`expect_queued ${JSON.stringify(expected)}`);
    for (const [key, count] of Object.entries(states.data)) {
      const state = DAG_RUN_STATES.find((each) => each === key.replace("run_state=", ""));
      assert(state !== undefined, `unknown run state "${key}"`);
      expectSame(queuedOf(one, tis, state).length, count, `with runs in state ${state}, queued`);
    }
    return PASSED;
  },
});

/** What is queued, in the order in which slots were given, as `dag/run/task`. */
function queuedOf(one: SectionCase, tis: Tis, runState: (typeof DAG_RUN_STATES)[number]): readonly string[] {
  const bench = new LimitsBench(one.pools, 0);
  for (const [dagId, options] of Object.entries(one.dags)) {
    const ofDag = tis.filter(([dag]) => dag === dagId);
    const tasks = new Map(
      ofDag.map(([, , taskId, of]) => {
        const perDag = of.max_active_tis_per_dag;
        const perRun = of.max_active_tis_per_dagrun;
        const limits = {
          ...(perDag === undefined ? {} : { maxActiveTisPerDag: perDag }),
          ...(perRun === undefined ? {} : { maxActiveTisPerDagrun: perRun }),
        };
        const made = { priorityWeight: of.w, weightRule: "absolute", pool: of.pool, poolSlots: of.slots } as const;
        return [taskId, task(taskId, { ...made, ...limits })];
      }),
    );
    const maxActiveTasks = options.max_active_tasks ?? null;
    const world = bench.add(named(spec({ tasks: [...tasks.values()], maxActiveTasks }), dagId));
    for (const runId of new Set(ofDag.map(([, run]) => run))) {
      const hours = Number(/\+(\d+)h/.exec(runId)?.[1] ?? 0);
      const scheduled = ofDag
        .filter(([, run]) => run === runId)
        .map(([, , id, { state }]) => instanceRecord(id, state));
      putRun(world, { runId, state: runState, logicalAt: world.now - 86_400_000 + hours * 3_600_000 }, scheduled);
    }
    world.restart(viewOf(bench.limits));
  }
  bench.settle();
  setParallelism(bench.limits, bench.limits.holderCount + one.max_tis);
  bench.tellAll();
  const sent = new Set([...bench.worlds.values()].flatMap(sentOf));
  return bench.granted.map((granted) => granted.name).filter((granted) => sent.has(granted));
}

function sentOf(world: Parameters<typeof putRun>[0]): string[] {
  return world.queue.map(({ runId, taskId }) => `${world.state.dagId}/${runId}/${taskId}`);
}

/** `t`, `d/t` and `d/r/t` all name a task instance of a case that has no other like it. */
function isCalled(queued: string, wanted: string): boolean {
  const [dag, run, taskId] = queued.split("/");
  return [taskId, `${dag}/${taskId}`, `${run}/${taskId}`, queued].includes(wanted);
}
