/** What a user reads when the scheduler, not the task, ended a try, and what became of the callbacks. */
import { beforeAll, describe, expect, test } from "vitest";
import { reasonText } from "../../src/web/reasons.ts";
import type { FakePlatform } from "../api/fake-platform.ts";
import { browserOf } from "./browser.ts";
import { runAddress } from "./routes-of-showcase.ts";
import { FAILED_RUN, LIVE_RUN, makeShowcase, WEATHER } from "./showcase.ts";
import { makeWebApp } from "./web-app.ts";

let platform: FakePlatform;
let browser: ReturnType<typeof browserOf>;
beforeAll(async () => {
  platform = await makeShowcase();
  browser = browserOf(makeWebApp(platform));
});

/** The element with the id and all behind it, without tags. */
const textAfter = (page: string, id: string) => page.slice(page.indexOf(`id="${id}"`)).replaceAll(/<[^>]*>/g, " ");

describe("callbacks of a run", () => {
  test("stand on its page with what they answer, their state, their attempts and their error", async () => {
    const { text } = await browser.page(runAddress(FAILED_RUN));
    const shown = textAfter(text, "run-callbacks");
    expect(shown).toContain("3 callbacks");
    expect(shown).toMatch(/report\.table is tried again\s+success\s+1/);
    expect(shown).toMatch(/The run failed\s+failed\s+3/);
    expect(shown).toContain("TypeError: fetch failed");
    expect(shown).toMatch(/A deadline was missed\s+queued\s+0/);
  });

  test("lead to their logs: that of the try, or one of their own, or none before the first attempt", async () => {
    const { text } = await browser.page(runAddress(FAILED_RUN));
    expect(text).toContain(`href="${runAddress(FAILED_RUN)}/tasks/report.table?try=1" aria-label="Log of the callback`);
    expect(text).toContain(
      `href="${runAddress(FAILED_RUN)}/callbacks/2" aria-label="Log of the callback: The run failed"`,
    );
    expect(text).not.toContain(`${runAddress(FAILED_RUN)}/callbacks/3`);
  });

  test("are not mentioned where there are none", async () => {
    expect((await browser.page(runAddress(LIVE_RUN))).text).not.toContain('id="run-callbacks"');
  });

  test("have a log for each attempt, of which the last is shown", async () => {
    const last = await browser.page(`${runAddress(FAILED_RUN)}/callbacks/2`);
    expect(textAfter(last.text, "callback-log")).toContain("The callback failure failed: fetch failed");
    expect(last.text).toContain(`href="${runAddress(FAILED_RUN)}/callbacks/2?attempt=1"`);
    const first = await browser.page(`${runAddress(FAILED_RUN)}/callbacks/2?attempt=1`);
    expect(textAfter(first.text, "callback-log")).toContain("This attempt logged nothing");
  });

  test.each(["callbacks/2?attempt=4", "callbacks/1", "callbacks/99"])("answer 404 for %s", async (path) => {
    expect((await browser.page(`${runAddress(FAILED_RUN)}/${path}`)).status).toBe(404);
  });
});

describe("a try that nobody reported", () => {
  const address = `${runAddress(FAILED_RUN)}/tasks/report.table`;

  test.each([
    ["heartbeat_lost", "Its executor gave no sign of life any more", "Its log shows how far it came"],
    ["queue_timeout", "No executor claimed it", "has a consumer"],
    ["execution_timeout", "It took longer than its execution timeout", "longer executionTimeout"],
  ])("says why: %s", async (reason, title, detail) => {
    const { instances } = platform.scheduler(WEATHER);
    const place = instances.findIndex((one) => one.runId === FAILED_RUN && one.taskId === "report.table");
    const before = instances[place];
    if (before === undefined) throw new Error("the showcase has no such task instance");
    instances[place] = { ...before, reason, error: null };
    const page = textAfter((await browser.page(address)).text, "task-instance-reason");
    instances[place] = before;
    expect(page).toContain(title);
    expect(page).toContain(detail);
  });

  test("says why on the page of its run, in place of an error", async () => {
    const own = await makeShowcase();
    const failed = own
      .scheduler(WEATHER)
      .instances.find((one) => one.runId === FAILED_RUN && one.taskId === "report.table");
    if (failed === undefined) throw new Error("the showcase has no such task instance");
    await own.project({ taskInstances: [{ ...failed, reason: "heartbeat_lost", error: null, version: 1_000 }] });
    const { text } = await browserOf(makeWebApp(own)).page(runAddress(FAILED_RUN));
    expect(textAfter(text, "run-reason")).toMatch(/report\.table\s+Its executor gave no sign of life any more/);
  });

  test("says why also while the next try waits", async () => {
    const { instances } = platform.scheduler(WEATHER);
    const place = instances.findIndex((one) => one.runId === LIVE_RUN && one.state === "up_for_retry");
    const before = instances[place];
    if (before === undefined) throw new Error("the showcase has no try that waits");
    instances[place] = { ...before, reason: "heartbeat_lost", error: null };
    const { text } = await browser.page(`${runAddress(LIVE_RUN)}/tasks/${before.taskId}`);
    instances[place] = before;
    expect(text).toContain("Why it waits");
    expect(textAfter(text, "task-instance-reason")).toContain("Its executor gave no sign of life any more");
  });

  test("a reason that has no words of its own is still readable", () => {
    expect(reasonText("not_followed")).toEqual({ title: "Not followed" });
  });
});
