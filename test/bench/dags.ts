/**
 * The DAGs of the benchmark. Their tasks return a small JSON and do nothing else, so that what is measured is everything
 * around them. They are a manifest by themselves, because a thousand files would be compiled for minutes.
 */
import { cron, type DagDefinition as Definition, dag, type Task } from "updraft";

export const FAN_WIDTH = 1_000;
export const MANY_DAGS = 20;
export const DUE_DAGS = 1_000;

export const nameOfMany = (place: number) => `bench_many_${String(place).padStart(2, "0")}`;
export const nameOfDue = (place: number) => `bench_due_${String(place).padStart(4, "0")}`;

const small = (taskId: string) => ({ ok: true, taskId });

function chainOf(dagId: string, length: number): Definition {
  return dag(dagId, { maxActiveRuns: 400 }, ({ task }) => {
    let before: Task<unknown> | null = null;
    for (let link = 0; link < length; link++) {
      const added: Task<unknown> = task(`link_${link}`, before === null ? {} : { after: before }, () =>
        small(`link_${link}`),
      );
      before = added;
    }
  });
}

function fanOf(dagId: string, width: number): Definition {
  return dag(dagId, {}, ({ task }) => {
    const middle = Array.from({ length: width }, (_, place) => task(`part_${place}`, () => small(`part_${place}`)));
    task("join", { after: middle }, () => small("join"));
  });
}

/** As many instances as the trigger's `conf` says. */
function wideOf(dagId: string, pool: string): Definition {
  return dag(dagId, {}, ({ task }) => {
    const list = task("list", ({ conf }) =>
      Array.from({ length: Number(conf["count"] ?? 10_000) }, (_, place) => place),
    );
    const parts = task.map("part", { over: { place: list }, pool, maxMapLength: 20_000 }, ({ place }) => ({
      ok: true,
      place,
    }));
    task("join", { after: parts }, () => small("join"));
  });
}

/** As an hourly load looks: something to extract, four ways to change it, something to join, check and tell. */
const etlOf = (dagId: string) =>
  dag(dagId, {}, ({ task }) => {
    const extract = ["orders", "users"].map((name) => task(`extract_${name}`, () => small(name)));
    const change = ["clean", "convert", "match", "sum"].map((name) =>
      task(name, { after: extract }, () => small(name)),
    );
    const load = task("load", { after: change }, () => small("load"));
    const check = task("check", { after: load }, () => small("check"));
    task("publish", { after: check }, () => small("publish"));
    task("tell", { after: check }, () => small("tell"));
  });

function oneOf(dagId: string, schedule?: ReturnType<typeof cron>): Definition {
  const options = schedule === undefined ? {} : { schedule, pausedOnCreation: true };
  return dag(dagId, { maxActiveRuns: 400, ...options }, ({ task }) => {
    task("only", () => small("only"));
  });
}

/** Functions, because a Worker makes what its manifest names each time it starts, and nothing else. */
export const smallDefinitions = (): readonly Definition[] => [
  chainOf("bench_chain_10", 10),
  wideOf("bench_waiting", "closed"),
  etlOf("bench_etl"),
  oneOf("bench_one"),
];

export const definitions = (): readonly Definition[] => [
  ...smallDefinitions(),
  chainOf("bench_chain", 100),
  fanOf("bench_fan", FAN_WIDTH),
  wideOf("bench_wide", "default_pool"),
  ...Array.from({ length: MANY_DAGS }, (_, place) => chainOf(nameOfMany(place), 10)),
];

/** Due each minute once they are unpaused. */
export const dueDefinitions = (): readonly Definition[] =>
  Array.from({ length: DUE_DAGS }, (_, place) => oneOf(nameOfDue(place), cron("* * * * *")));

/** As many that are due once a year. */
export const idleDefinitions = (): readonly Definition[] =>
  Array.from({ length: DUE_DAGS }, (_, place) =>
    dag(`bench_idle_${String(place).padStart(4, "0")}`, { schedule: cron("0 0 1 1 *") }, ({ task }) => {
      task("only", () => small("only"));
    }),
  );
