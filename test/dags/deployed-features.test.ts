/** What authors write of mapping, as the engine counts it and the executor takes it: the two must agree on every item. */
import { concat, cron, type DagDefinition, dag, itemsOf, Skip, type TaskDefaults, zip } from "updraft";
import { afterEach, expect, test } from "vitest";
import type { TaskInstanceView } from "../../src/platform.ts";
import { Deployment } from "../fixtures/deployment.ts";

let deployment: Deployment | null = null;
afterEach(() => {
  deployment?.stop();
  deployment = null;
});

interface Finished {
  readonly state: string;
  readonly instances: readonly TaskInstanceView[];
  resultsOf(taskId: string): Promise<readonly unknown[]>;
}

async function run(definition: DagDefinition): Promise<Finished> {
  const { dagId } = definition.spec;
  deployment = await Deployment.start({ definitions: [definition] });
  const target = deployment;
  const { json } = await target.json("POST", `/dags/${dagId}/dagRuns`, {});
  const runId = String(json["dag_run_id"]);
  const state = await target.finished(dagId, runId);
  const page = await target.scheduler(dagId).taskInstances(runId, { limit: 100_000 });
  const instances = page?.rows ?? [];
  return {
    state,
    instances,
    resultsOf: async (taskId) => {
      const own = instances.filter((one) => one.taskId === taskId).sort((a, b) => a.mapIndex - b.mapIndex);
      return Promise.all(
        own.map(async ({ mapIndex }) => {
          const entries = await target.scheduler(dagId).xcomEntries({ runId, taskId, mapIndex });
          const value = entries.find(({ key }) => key === "return_value")?.value;
          return value?.type === "inline" ? JSON.parse(value.json) : undefined;
        }),
      );
    },
  };
}

function statesOf({ instances }: Finished, taskId: string): readonly string[] {
  return instances
    .filter((one) => one.taskId === taskId)
    .sort((a, b) => a.mapIndex - b.mapIndex)
    .map(({ state }) => String(state));
}

test("every kind of list gives each instance its item", async () => {
  const finished = await run(
    dag("lists", {}, ({ task }) => {
      const numbers = task("numbers", () => [1, 2, 3]);
      const record = task("record", () => ({ a: 1, b: 2 }));
      const squares = task.map("squares", { over: { n: numbers } }, ({ n }) => {
        if (n === 2) throw new Skip("no even ones");
        return n * n;
      });
      const odd = itemsOf(numbers).filter((n) => n % 2 === 1);
      task.map("product", { over: { n: numbers, letter: ["x", "y"] } }, ({ n, letter }) => `${n}${letter}`);
      task.map("entries", { over: { pair: record } }, ({ pair }) => pair.join("="));
      task.map("odd", { over: { n: odd.map((n) => n * 10), twice: odd } }, ({ n, twice }) => [n, twice]);
      task.map("zipped", { over: { pair: zip([numbers, ["x"]], { fill: null }) } }, ({ pair }) => pair);
      task.map("joined", { over: { n: concat([squares, numbers]) }, triggerRule: "none_failed" }, ({ n }) => n);
      task.map("again", { over: { n: squares }, triggerRule: "none_failed" }, ({ n }) => n + 1);
      task.each("each", { over: [{ from: "a" }, { from: "b" }] }, ({ from }) => from);
      task("reduce", { inputs: { squares }, triggerRule: "none_failed" }, ({ squares }) => squares.toArray());
    }),
  );
  expect(finished.state).toBe("success");
  expect(await finished.resultsOf("product")).toEqual(["1x", "1y", "2x", "2y", "3x", "3y"]);
  expect(await finished.resultsOf("entries")).toEqual(["a=1", "b=2"]);
  expect(await finished.resultsOf("odd")).toEqual([
    [10, 1],
    [10, 3],
    [30, 1],
    [30, 3],
  ]);
  expect(await finished.resultsOf("zipped")).toEqual([
    [1, "x"],
    [2, null],
    [3, null],
  ]);
  expect(statesOf(finished, "squares")).toEqual(["success", "skipped", "success"]);
  expect(await finished.resultsOf("joined")).toEqual([1, 9, 1, 2, 3]);
  expect(await finished.resultsOf("again")).toEqual([2, 10]);
  expect(await finished.resultsOf("each")).toEqual(["a", "b"]);
  expect(await finished.resultsOf("reduce")).toEqual([[1, 9]]);
});

test("an empty list skips, and one that is none fails its own task", async () => {
  const finished = await run(
    dag("empty", {}, ({ task }) => {
      const none = task("none", (): number[] => []);
      task.map("skipped", { over: { n: none } }, () => 1);
      const wrong = task("wrong", () => JSON.parse("7") as number[]);
      task.map("unreached", { over: { n: wrong } }, () => 1);
      const long = task("long", () => Array.from({ length: 5 }, () => 0));
      task.map("too_long", { over: { n: long }, maxMapLength: 4 }, () => 1);
    }),
  );
  expect(finished.state).toBe("failed");
  expect(statesOf(finished, "skipped")).toEqual(["skipped"]);
  expect([statesOf(finished, "wrong"), statesOf(finished, "unreached")]).toEqual([["failed"], ["upstream_failed"]]);
  expect([statesOf(finished, "long"), statesOf(finished, "too_long")]).toEqual([["failed"], ["upstream_failed"]]);
});

test("in a mapped group each index goes its own way", async () => {
  const finished = await run(
    dag("group", {}, ({ task, group }) => {
      const numbers = task("numbers", () => [0, 1, 2]);
      const each = group.map("g", { over: { n: numbers, unit: ["mm"] } }, ({ n, unit }) => {
        const first = task("first", { inputs: { n } }, ({ n }) => {
          if (n === 1) throw new Error("one fails");
          return n * 10;
        });
        const choose = task.branch("choose", { inputs: { first } }, ({ first }) =>
          first === 0 ? "g.left" : "g.right",
        );
        const left = task("left", { inputs: { first, unit }, after: choose }, ({ first, unit }) => `${first} ${unit}`);
        const right = task("right", { inputs: { first }, after: choose }, ({ first }) => first);
        return { left, right };
      });
      const { left, right } = each.result;
      task("all", { inputs: { left, right }, triggerRule: "all_done" }, async ({ left, right }) => [
        await left.toArray(),
        await right.toArray(),
      ]);
    }),
  );
  expect(statesOf(finished, "g.first")).toEqual(["success", "failed", "success"]);
  expect(statesOf(finished, "g.left")).toEqual(["success", "upstream_failed", "skipped"]);
  expect(statesOf(finished, "g.right")).toEqual(["skipped", "upstream_failed", "success"]);
  expect(await finished.resultsOf("all")).toEqual([[["0 mm"], [20]]]);
});

test("many instances, each with its own, and one consumer that reads them page by page", async () => {
  const count = 1_500;
  const finished = await run(
    dag("many", {}, ({ task }) => {
      const numbers = task("numbers", () => Array.from({ length: count }, (_, index) => index));
      const doubled = task.map("doubled", { over: { n: numbers }, maxMapLength: count }, ({ n, task }) => {
        if (task.mapIndex !== n) throw new Error(`instance ${task.mapIndex} received ${n}`);
        return n * 2;
      });
      task("sum", { inputs: { doubled } }, async ({ doubled }) => {
        let sum = 0;
        for await (const value of doubled) sum += value;
        return [doubled.length, sum, await doubled.at(-1)];
      });
    }),
  );
  expect(finished.state).toBe("success");
  expect(await finished.resultsOf("sum")).toEqual([[count, count * (count - 1), (count - 1) * 2]]);
}, 30_000);

test("conditions, retry policies and callbacks do as they say", async () => {
  const called: string[] = [];
  const note: TaskDefaults["onFailure"] = ({ task, callback }) => void called.push(`${task.taskId} ${callback}`);
  const finished = await run(
    dag(
      "hooks",
      {
        defaults: { retries: 3, onFailure: note, onRetry: note, onSkipped: note, onSuccess: note },
        onFailure: ({ reason }) => void called.push(`run ${reason}`),
      },
      ({ task }) => {
        task("not_today", { runIf: () => false }, () => 1);
        task("hopeless", { retryPolicy: () => "fail" }, () => {
          throw new Error("no");
        });
        task("patient", { retryPolicy: (_, { tryNumber }) => ({ after: tryNumber }) }, ({ attempt }) => {
          if (attempt.tryNumber < 3) throw new Error("not yet");
          return attempt.tryNumber;
        });
      },
    ),
  );
  expect(finished.state).toBe("failed");
  expect(finished.instances.map(({ taskId, state, tryNumber }) => [taskId, state, tryNumber])).toEqual([
    ["not_today", "skipped", 1],
    ["hopeless", "failed", 1],
    ["patient", "success", 3],
  ]);
  await expect
    .poll(() => [...called].sort())
    .toEqual([
      "hopeless failure",
      "not_today skipped",
      "patient retry",
      "patient retry",
      "patient success",
      "run task_failure",
    ]);
});

test("latestOnly() goes on in the latest run of a catch-up alone", async () => {
  const day = 86_400_000;
  // Four days back at midnight: four intervals have ended, whatever the hour.
  const first = Math.floor(Date.now() / day) * day - 4 * day;
  const definition = dag(
    "newest",
    { schedule: cron("@daily", { dataInterval: true }), startDate: new Date(first), catchup: true },
    ({ task, chain }) => {
      const after = task("always", { triggerRule: "all_done" }, () => 2);
      chain(
        task.latestOnly("is_latest"),
        task("mail", () => 1),
        after,
      );
    },
  );
  deployment = await Deployment.start({ definitions: [definition] });
  const target = deployment;
  const states: (readonly string[])[] = [];
  for (let index = 1; index <= 4; index++) {
    const runId = `scheduled__${new Date(first + index * day).toISOString().replace(".000Z", "+00:00")}`;
    expect(await target.finished("newest", runId)).toBe("success");
    const page = await target.scheduler("newest").taskInstances(runId, { limit: 10 });
    states.push((page?.rows ?? []).map(({ state }) => String(state)));
  }
  const older = ["success", "skipped", "success"];
  expect(states).toEqual([older, older, older, ["success", "success", "success"]]);
});

test("a cleared task brings its setup and its teardown along", async () => {
  let isBroken = true;
  const calls: string[] = [];
  const definition = dag("scoped", {}, ({ task }) => {
    const make = task.setup("make", () => calls.push("make"));
    const work = task("work", { inputs: { make } }, () => {
      if (isBroken) throw new Error("broken");
      return calls.push("work");
    });
    task.teardown("take", { setups: make, around: work }, () => calls.push("take"));
    task("beside", () => calls.push("beside"));
    task("end", { after: work }, () => calls.push("end"));
  });
  deployment = await Deployment.start({ definitions: [definition] });
  const { json } = await deployment.json("POST", "/dags/scoped/dagRuns", {});
  const runId = String(json["dag_run_id"]);
  expect(await deployment.finished("scoped", runId)).toBe("failed");
  expect([...calls].sort()).toEqual(["beside", "make", "take"]);
  [isBroken, calls.length] = [false, 0];
  const order = { dry_run: false, dag_run_id: runId, task_ids: ["work"], only_failed: false, include_downstream: true };
  expect((await deployment.json("POST", "/dags/scoped/clearTaskInstances", order)).status).toBe(200);
  await expect.poll(async () => (await deployment?.scheduler("scoped").run(runId))?.state).toBe("success");
  expect(calls.filter((call) => call !== "end")).toEqual(["make", "work", "take"]);
  expect(calls).toContain("end");
});
