/** Killing every process in the middle of a run, without warning, loses nothing and commits nothing twice. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runPath, until } from "./api.ts";
import { Project } from "./project.ts";
import { Updraft } from "./updraft.ts";

const dagId = "two_hundred";
let project: Project;
let updraft: Updraft;
let recorder: Server;
/** Task id → the mark of each of its executions. */
const executions = new Map<string, string[]>();

beforeAll(async () => {
  recorder = createServer((request, response) => {
    const [, taskId = "", mark = ""] = (request.url ?? "").split("/");
    executions.set(taskId, [...(executions.get(taskId) ?? []), mark]);
    response.end();
  }).listen(0, "127.0.0.1");
  project = new Project({ withExamples: false });
  project.addFixtures(dagId);
  updraft = await Updraft.start(project);
});

afterAll(async () => {
  await updraft?.stop();
  recorder?.close();
  project?.remove();
});

function recorderUrl(): string {
  const address = recorder.address();
  if (address === null || typeof address === "string") throw new Error("The recorder does not listen");
  return `http://127.0.0.1:${address.port}`;
}

async function committedMark(runId: string, taskId: unknown): Promise<unknown> {
  const path = `${runPath(dagId, runId)}/taskInstances/${taskId}/xcomEntries/return_value`;
  return (await updraft.api.read(path))["value"];
}

async function succeeded(runId: string): Promise<readonly unknown[]> {
  const all = await updraft.api.taskInstances(dagId, runId);
  return all.filter((one) => one["state"] === "success").map((one) => one["task_id"]);
}

test("a run of 200 tasks that is killed in the middle completes after a start on the same state", {
  timeout: 300_000,
}, async () => {
  const runId = await updraft.api.trigger(dagId, { conf: { recorder: recorderUrl(), taskMs: 400 } });
  const before = await until(
    "some tasks to succeed",
    60_000,
    () => succeeded(runId),
    (ids) => ids.length >= 30,
  );
  const marks = new Map<unknown, unknown>();
  for (const taskId of before.slice(0, 20)) marks.set(taskId, await committedMark(runId, taskId));
  expect(await updraft.api.runState(dagId, runId)).toBe("running");

  updraft.killRuntime();
  await updraft.kill();
  updraft = await Updraft.start(project, { password: updraft.password });
  expect(await updraft.api.endOfRun(dagId, runId, 240_000)).toBe("success");

  const instances = await updraft.api.taskInstances(dagId, runId);
  expect(instances.length).toBe(200);
  expect(instances.filter((one) => one["state"] !== "success")).toEqual([]);
  // What was committed before the crash is what is there now.
  for (const [taskId, mark] of marks) expect(await committedMark(runId, taskId)).toBe(mark);
  for (const { task_id: taskId, try_number: tryNumber } of instances) {
    const { task_instances: tries } = await updraft.api.read(`${runPath(dagId, runId)}/taskInstances/${taskId}/tries`);
    const numbers = (tries as readonly { try_number: number }[]).map((one) => one.try_number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toContain(tryNumber);
    // A try may run more than once; one of its executions is the one whose result counts.
    expect(executions.get(String(taskId))).toContain(await committedMark(runId, taskId));
  }
});
