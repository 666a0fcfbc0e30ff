/** Whether the catalog has everything, as the start page tells it. */
import { beforeEach, describe, expect, test } from "vitest";
import { type FakePlatform, makePlatform } from "../api/fake-platform.ts";
import { dagId, makeDag, makeJob } from "../fixtures/projections.ts";
import { browserOf } from "./browser.ts";
import { makeWebApp } from "./web-app.ts";

let platform: FakePlatform;
let browser: ReturnType<typeof browserOf>;
const catalogLine = async () => {
  const { text } = await browser.page("/");
  const item = /<li class="([\w-]+)">(?:(?!<\/li>).)*>Catalog<\/a>(.*?)<\/li>/.exec(text);
  return { state: item?.[1], text: item?.[2]?.replaceAll(/<[^>]*>/g, "").trim() };
};
const behind = (minutes: number | null) => {
  const sinceAt = minutes === null ? null : platform.now - minutes * 60_000;
  return platform.project({ dag: makeDag(), behind: { dagId: dagId("dag"), sinceAt } });
};
const watchdogSaw = (behindSinceAt: number | null) =>
  platform.project({
    jobs: [
      makeJob({ jobId: "watchdog", jobType: "WatchdogJob", dagId: null, extra: JSON.stringify({ behindSinceAt }) }),
    ],
  });

beforeEach(async () => {
  platform = await makePlatform();
  browser = browserOf(makeWebApp(platform));
});

describe("the line of the catalog", () => {
  test("says that it is up to date when no scheduler left anything behind", async () => {
    await behind(null);
    await watchdogSaw(null);
    expect(await catalogLine()).toMatchObject({ state: "state-success", text: expect.stringMatching(/^up to date, /) });
  });

  test("says since when it is behind, which is no trouble for a minute", async () => {
    await behind(0);
    expect(await catalogLine()).toMatchObject({
      state: "state-success",
      text: expect.stringMatching(/^behind since /),
    });
    await behind(2);
    expect(await catalogLine()).toMatchObject({
      state: "state-failed",
      text: expect.stringMatching(/^behind since .*2 min/),
    });
    await behind(null);
    expect((await catalogLine()).state).toBe("state-success");
  });

  test("says what the watchdog was told by a scheduler that cannot write", async () => {
    await behind(1);
    await watchdogSaw(platform.now - 5 * 60_000);
    expect(await catalogLine()).toMatchObject({ state: "state-failed", text: expect.stringMatching(/5 min/) });
  });
});
