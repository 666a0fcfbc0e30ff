/**
 * The main job on the example DAGs and real data, against one `npm start` for the whole file. The cron trigger never
 * fires here: what happens by itself happens from the alarms of the schedulers alone.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Api, runPath, until } from "./api.ts";
import { Project } from "./project.ts";
import { Updraft } from "./updraft.ts";

let project: Project;
let updraft: Updraft;
let api: Api;
/** The run of the task of 30 s, which goes on while other tests run. */
let slow: string;

beforeAll(async () => {
  project = new Project({ withExamples: true });
  project.addFixtures("hundred_quick", "one_slow", "typed_params", "every_two_seconds");
  updraft = await Updraft.start(project, { env: { UPDRAFT_NO_CRON: "1" } });
  api = updraft.api;
  // A minute passes while the other tests run.
  await api.patch("/api/v2/dags/hello_cron", { is_paused: false });
});

afterAll(async () => {
  await updraft?.stop();
  project?.remove();
});

describe("the example DAGs", () => {
  test("seattle_weather succeeds within 10 s, and its report and logs are readable", async () => {
    const runId = await api.trigger("seattle_weather");
    expect(await api.endOfRun("seattle_weather", runId, 10_000)).toBe("success");

    const instances = await api.taskInstances("seattle_weather", runId);
    expect(instances.map((one) => one["state"])).not.toContain("failed");
    const last = instances.at(-1)?.["task_id"];
    const report = await api.read(`${runPath("seattle_weather", runId)}/taskInstances/report/xcomEntries/return_value`);
    expect(JSON.stringify(report["value"])).toContain("<svg");
    expect(last).toBeDefined();

    const entries = await Promise.all(
      instances.map(async (one) => {
        const log = await api.read(`${runPath("seattle_weather", runId)}/taskInstances/${one["task_id"]}/logs/1`);
        return log["content"] as readonly unknown[];
      }),
    );
    expect(entries.flat().length).toBeGreaterThan(0);
  });

  test("all of them are read without an import error", async () => {
    expect((await api.read("/api/v2/importErrors"))["import_errors"]).toEqual([]);
    const { dags } = await api.read("/api/v2/dags?limit=100");
    const ids = (dags as readonly { dag_id: string }[]).map(({ dag_id }) => dag_id);
    expect(ids).toEqual(expect.arrayContaining(["earthquakes", "hello_cron", "seattle_weather"]));
  });
});

describe("a task of 30 s", () => {
  let task: string;
  const state = async () => (await api.read(task))["state"];

  test("does not keep 100 short tasks from finishing within 2 s", { timeout: 60_000 }, async () => {
    slow = await api.trigger("one_slow");
    task = `${runPath("one_slow", slow)}/taskInstances/wait`;
    await until("the slow task to run", 10_000, state, (now) => now === "running");

    // Once before, so that the bound is on the work and not on the first use of a new scheduler.
    await api.endOfRun("hundred_quick", await api.trigger("hundred_quick"), 30_000);
    expect(await api.endOfRun("hundred_quick", await api.trigger("hundred_quick"), 2_000)).toBe("success");
    expect(await state()).toBe("running");
  });

  test("shows its log while it runs", async () => {
    const log = async () => JSON.stringify((await api.read(`${task}/logs/1`))["content"]);
    await until("its log", 20_000, log, (text) => text.includes("waiting for 30 s"));
    expect(await state()).toBe("running");
  });
});

describe("a trigger", () => {
  test("is answered by a run that a read at once finds, 1,000 times, never older than what was answered", async () => {
    const order = ["queued", "running", "success"];
    const one = async () => {
      const made = await api.post("/api/v2/dags/typed_params/dagRuns", { conf: { count: 2 } });
      const read = await api.get(runPath("typed_params", String(made["dag_run_id"])));
      expect(read.status).toBe(200);
      expect(read.body["conf"]).toEqual({ count: 2 });
      const age = (state: unknown) => order.indexOf(String(state));
      expect(age(read.body["state"])).toBeGreaterThanOrEqual(age(made["state"]));
    };
    const several = async () => {
      for (let count = 0; count < 50; count++) await one();
    };
    await Promise.all(Array.from({ length: 20 }, several));
  });

  test("is refused with the status and the reason that a client can act on", async () => {
    const runs = "/api/v2/dags/typed_params/dagRuns";
    expect((await api.call("POST", "/api/v2/dags/no_such_dag/dagRuns", {})).status).toBe(404);

    const bad = await api.call("POST", runs, { conf: { count: 10 } });
    expect(bad.status).toBe(422);
    expect(JSON.stringify(bad.body)).toContain("count");

    const body = { dag_run_id: "twice", logical_date: "2026-01-01T00:00:00Z" };
    expect((await api.call("POST", runs, body)).status).toBeLessThan(300);
    expect((await api.call("POST", runs, { dag_run_id: "twice" })).status).toBe(409);
    expect((await api.call("POST", runs, { logical_date: body.logical_date })).status).toBe(409);
  });

  test("with the same idempotency key is answered by the same run", async () => {
    const runs = "/api/v2/dags/typed_params/dagRuns";
    const key = { "Idempotency-Key": "order-4711" };
    const first = await api.call("POST", runs, { conf: { count: 4 } }, key);
    const again = await api.call("POST", runs, { conf: { count: 4 } }, key);
    expect(first.body["dag_run_id"]).toBeDefined();
    expect(again.body["dag_run_id"]).toBe(first.body["dag_run_id"]);
    expect((await api.call("POST", runs, { conf: { count: 5 } }, key)).status).toBe(409);
  });
});

test("nothing but the enumerated routes answers without credentials", async () => {
  const stranger = new Api(updraft.url);
  const document = await api.read("/api/v2/openapi.json");
  const paths = Object.entries(document["paths"] as Readonly<Record<string, Readonly<Record<string, unknown>>>>);
  const answered: string[] = [];
  for (const [path, operations] of paths) {
    for (const method of Object.keys(operations)) {
      const url = path.replaceAll(/\{[^}]+\}/g, "x");
      const hasBody = method !== "get" && method !== "delete";
      const { status } = await stranger.call(method.toUpperCase(), url, hasBody ? {} : undefined);
      if (status !== 401) answered.push(`${method.toUpperCase()} ${path}`);
    }
  }
  expect(paths.length).toBeGreaterThan(20);
  expect(answered.sort()).toEqual([
    "GET /api/v2/monitor/health",
    "GET /api/v2/version",
    "POST /auth/setup",
    "POST /auth/token",
  ]);
});

describe("a schedule", () => {
  async function logicalDates(dagId: string): Promise<readonly number[]> {
    const { dag_runs } = await api.read(`/api/v2/dags/${dagId}/dagRuns?limit=100&run_type=scheduled`);
    return (dag_runs as readonly { logical_date: string }[])
      .map((run) => Date.parse(run.logical_date))
      .sort((a, b) => a - b);
  }

  function steps(dates: readonly number[]): readonly number[] {
    return dates.slice(1).map((date, index) => date - (dates[index] ?? 0));
  }

  test("of two seconds gets exactly one run for each", async () => {
    await api.patch("/api/v2/dags/every_two_seconds", { is_paused: false });
    const dates = await until(
      "six runs",
      30_000,
      () => logicalDates("every_two_seconds"),
      (found) => found.length >= 6,
    );
    expect(new Set(steps(dates))).toEqual(new Set([2_000]));
    await api.patch("/api/v2/dags/every_two_seconds", { is_paused: true });
  });

  test("of a minute (hello_cron) gets exactly one run for each", { timeout: 150_000 }, async () => {
    const dates = await until(
      "two runs",
      140_000,
      () => logicalDates("hello_cron"),
      (found) => found.length >= 2,
    );
    expect(new Set(steps(dates))).toEqual(new Set([60_000]));
    expect(dates.every((date) => date % 60_000 === 0)).toBe(true);
  });
});

test("the task of 30 s ended well, whatever else happened meanwhile", async () => {
  expect(await api.endOfRun("one_slow", slow, 60_000)).toBe("success");
});

describe("npm start", () => {
  test("says nothing that a person does not need", () => {
    expect(updraft.output).toMatch(/^Updraft \S+ starts; .*\nready\n {2}url .*\n {2}user {6}admin\n {2}password .*\n/);
    expect(updraft.log).not.toContain(updraft.password);
  });

  test("refuses a port that is taken, and says how to choose another", async () => {
    const second = spawn(process.execPath, ["workers/node/standalone.ts"], {
      cwd: project.path,
      env: { ...process.env, PORT: new URL(updraft.url).port, UPDRAFT_STATE: `${project.path}/.updraft/other` },
    });
    const chunks: string[] = [];
    second.stderr.on("data", (chunk) => chunks.push(String(chunk)));
    const [code] = await once(second, "exit");
    expect(code).toBe(1);
    expect(chunks.join("")).toMatch(/Cannot listen on .*choose another with PORT=\d+ npm start/);
  });

  test("ends every child when it is asked to end, and keeps everything for the next start", async () => {
    const runId = await api.trigger("typed_params", { conf: { count: 7 } });
    await api.endOfRun("typed_params", runId, 30_000);
    const group = updraft.serverGroup();
    expect(updraft.processes(group).length).toBeGreaterThan(1);
    await updraft.stop();
    expect(updraft.processes(group)).toEqual([]);

    updraft = await Updraft.start(project, { password: updraft.password });
    expect(updraft.output).toContain("as printed at the first start");
    expect(await updraft.api.runState("typed_params", runId)).toBe("success");

    const { password } = updraft;
    await updraft.stop();
    updraft = await Updraft.start(project, { args: ["--reset-users"] });
    expect(updraft.password).not.toBe(password);
    await expect(new Api(updraft.url).signIn("admin", password)).rejects.toThrow("401");
    expect(await updraft.api.runState("typed_params", runId)).toBe("success");
  });
});

test("the deployment can be built without an account", { timeout: 120_000 }, () => {
  const output = execFileSync(process.execPath, ["workers/node/deploy.ts", "--dry-run"], {
    cwd: project.path,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(output).toMatch(/The Worker is in dist: \d+ kB, \d+ kB gzipped/);
});
