/**
 * What operators come for, each done with the keyboard alone, in a real Chromium against `npm start`. The tests build on
 * each other as a working day does.
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { launchChromium } from "./chromium.ts";
import { Keyboard } from "./keyboard.ts";
import { Project } from "./project.ts";
import { Updraft } from "./updraft.ts";

/** Fails at its first try in a run; whoever clears it sees it succeed, as if the cause had been mended. */
const FLAKY = `
import { dag, manual } from "updraft";
export default dag("flaky", { schedule: manual(), tags: ["journey"] }, ({ task }) => {
  const rows = task("rows", () => [1, 2, 3]);
  task("load", { inputs: { rows } }, ({ rows, attempt, log }) => {
    log.info("loading", { rows: rows.length });
    if (attempt.tryNumber === 1) throw new Error("the warehouse refused the connection");
    log.info("loaded all rows");
  });
});
`;

/** Says something every quarter of a second, for as long as one follows it. */
const TALKER = `
import { dag, manual } from "updraft";
export default dag("talker", { schedule: manual(), tags: ["journey"] }, ({ task }) => {
  task("talk", async ({ log, signal }) => {
    for (let line = 1; line <= 40 && !signal.aborted; line += 1) {
      if (line === 20) log.warn("half of it is said");
      log.info("line " + line + " of 40");
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  });
});
`;

const PARAMS = `
import { dag, manual, z } from "updraft";
export default dag("with_params", {
  schedule: manual(),
  tags: ["journey"],
  params: z.object({ year: z.int().min(2012).max(2015).default(2015) }),
}, ({ task }) => {
  task("echo", ({ params }) => params.year);
});
`;

const YESTERDAYS = `
import { cron, dag } from "updraft";
export default dag("yesterdays", { schedule: cron("0 6 * * *"), startDate: "2026-01-01", tags: ["journey"] }, ({ task }) => {
  task("count", () => 1);
});
`;

let project: Project;
let updraft: Updraft;
let browser: Browser;
let keys: Keyboard;

beforeAll(async () => {
  project = new Project({ withExamples: false });
  project.writeDag("flaky.ts", FLAKY);
  project.writeDag("talker.ts", TALKER);
  project.writeDag("with_params.ts", PARAMS);
  project.writeDag("yesterdays.ts", YESTERDAYS);
  [updraft, browser] = await Promise.all([Updraft.start(project), launchChromium()]);
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  keys = await Keyboard.open(context);
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await updraft?.stop();
  project?.remove();
});

afterEach(() => {
  expect(keys.complaints.splice(0)).toEqual([]);
});

const page = () => keys.page;
const text = (words: string | RegExp) => page().getByText(words).first().waitFor({ timeout: 30_000 });

test("1. signs in", async () => {
  await page().goto(`${updraft.url}/dags`);
  await keys.tabTo(/^User/);
  await keys.type("admin");
  await keys.tabTo(/^Password/);
  await keys.type(updraft.password);
  await keys.press("Enter");
  await page().waitForURL(`${updraft.url}/dags`);
  await text("flaky");
});

test("2. finds a DAG by typing and opens it", async () => {
  await keys.press("/");
  await keys.type("with_par");
  await page().waitForURL(/q=with_par/);
  await page().locator("tr[data-key=flaky]").waitFor({ state: "detached" });
  await keys.press("Escape");
  await keys.tabTo("with_params");
  await keys.press("Enter");
  await page().waitForURL(`${updraft.url}/dags/with_params`);
});

test("3. triggers with params: a bad value is refused at its field, a good one runs", async () => {
  await keys.tabTo("Trigger");
  await keys.press("Enter");
  await keys.dialog("Trigger with_params");
  await keys.tabTo(/^year/);
  await keys.press("Control+a");
  await keys.type("2024");
  await keys.press("Enter");
  await page().locator("#param-error-year").waitFor();
  await page().locator("#param-year[aria-invalid=true]:focus").waitFor();
  await keys.press("Control+a");
  await keys.type("2013");
  await keys.press("Enter");
  await page().waitForURL(/\/dags\/with_params\/runs\//);
  await page().locator(".page-title .badge.state-success").waitFor({ timeout: 30_000 });
  await text("2013");
});

test("4. triggers through the palette and sees the run fail", async () => {
  await keys.command("trigger flaky", "Trigger flaky");
  await keys.dialog("Trigger flaky");
  await keys.tabTo("Trigger");
  await keys.press("Enter");
  await page().waitForURL(/\/dags\/flaky\/runs\//);
  await page().locator(".page-title .badge.state-failed").waitFor({ timeout: 30_000 });
});

test("5. finds the failed run on the start page, reads its log, clears it, watches it turn green", async () => {
  await keys.press("g", "h");
  await page().waitForURL(`${updraft.url}/`);
  await text("Needs attention");
  await keys.tabTo(/^manual__/);
  await keys.press("Enter");
  await page().waitForURL(/\/dags\/flaky\/runs\//);
  await keys.tabTo("load");
  await keys.press("Enter");
  await page().waitForURL(/\/tasks\/load/);
  await text("the warehouse refused the connection");
  await keys.tabTo("Clear and run again");
  await keys.press("Enter");
  await keys.dialog("Clear a task instance");
  await page().locator("#dialog").getByText("1 task instance").waitFor();
  await keys.tabTo("Clear and run again");
  await keys.press("Enter");
  await page().waitForURL(/\/dags\/flaky\/runs\/[^/]+$/);
  await page().locator(".page-title .badge.state-success").waitFor({ timeout: 30_000 });
});

test("6. follows a live log", async () => {
  await keys.command("trigger talker", "Trigger talker");
  await keys.dialog("Trigger talker");
  await keys.tabTo("Trigger");
  await keys.press("Enter");
  await page().waitForURL(/\/dags\/talker\/runs\//);
  // The page of a live run is told of news; it does not ask for them every two seconds.
  await page().locator("html[data-pushed]").waitFor();
  await keys.tabTo("talk");
  await keys.press("Enter");
  await page().waitForURL(/\/tasks\/talk/);
  await page().evaluate(`document.documentElement.setAttribute("data-not-reloaded", "")`);
  await text("line 1 of 40");
  await page().getByText("line 40 of 40").waitFor({ timeout: 45_000 });
  await page().locator(".page-title .badge.state-success").waitFor({ timeout: 30_000 });
  expect(await page().locator("html[data-not-reloaded]").count()).toBe(1);
});

test("7. searches the log by text and by level", async () => {
  await keys.press("/");
  await keys.type("line 3");
  await page().waitForURL(/q=line\+3/);
  await page().getByText("line 1 of 40", { exact: true }).waitFor({ state: "detached" });
  expect(await page().locator(".log-line").count()).toBe(11);
  await keys.press("Control+a", "Delete");
  await page().getByText("line 40 of 40").waitFor();
  await keys.tabTo("All");
  await keys.press("ArrowRight", "ArrowRight");
  await page().getByText("line 40 of 40").waitFor({ state: "detached" });
  await text("half of it is said");
});

test("8. pauses DAGs in bulk", async () => {
  await keys.press("g", "d");
  await page().waitForURL(`${updraft.url}/dags`);
  await keys.press("j", "x", "j", "x");
  await text("2 selected");
  await keys.tabTo("flaky");
  for (let step = 0; step < 60 && (await keys.focused()) !== "Pause"; step += 1) await keys.press("Shift+Tab");
  await keys.press("Enter");
  await keys.dialog("Pause many DAGs");
  await page().locator("#dialog").getByRole("link", { name: "flaky" }).waitFor();
  await keys.tabTo("Pause 2 DAGs");
  await keys.press("Enter");
  await text("Paused 2 DAGs");
  expect(await page().getByRole("switch", { checked: false }).count()).toBe(2);
});

test("9. resumes one through the palette", async () => {
  await keys.command("resume flaky", "Resume flaky");
  await keys.dialog("Resume many DAGs");
  await keys.tabTo("Resume 1 DAG");
  await keys.press("Enter");
  await text("Resumed 1 DAG");
});

test("10. narrows the list of runs and keeps the view under a name", async () => {
  await keys.press("g", "r");
  await page().waitForURL(`${updraft.url}/runs`);
  await keys.press("/");
  await keys.type("talker");
  await page().waitForURL(/q=talker/);
  await keys.tabTo(/^Views/);
  await keys.press("Enter");
  await keys.tabTo(/^Save what is shown as/);
  await keys.type("What the talker did");
  await keys.press("Enter");
  await text("Saved the view");
  await keys.press("g", "r");
  await page().waitForURL(`${updraft.url}/runs`);
  await keys.tabTo(/^Views/);
  await keys.press("Enter");
  await keys.tabTo("What the talker did");
  await keys.press("Enter");
  await page().waitForURL(/q=talker/);
});

test("11. reads the times in another zone, with UTC beside them", async () => {
  await keys.command("time zone", "Change the time zone");
  await keys.dialog("Preferences");
  await keys.tabTo(/^Time zone/);
  await keys.press("Control+a");
  await keys.type("Nowhere/Land");
  await keys.press("Enter");
  await text("There is no zone of this name");
  await page().locator("#preferences-zone[aria-invalid=true]:focus").waitFor();
  await keys.press("Control+a");
  await keys.type("Asia/Tokyo");
  await keys.press("Enter");
  await text("Times are shown in Asia/Tokyo");
  await text("Tokyo");
  expect(await page().locator("time[title*='=']").first().getAttribute("title")).toMatch(/GMT\+9 = .* UTC$/);
});

test("12. makes a pool, changes it, and deletes it", async () => {
  await keys.press("g", "p");
  await page().waitForURL(`${updraft.url}/pools`);
  await keys.tabTo("New pool");
  await keys.press("Enter");
  await keys.dialog("New pool");
  await keys.tabTo(/^Name/);
  await keys.type("warehouse");
  await keys.tabTo(/^Slots/);
  await keys.press("Control+a");
  await keys.type("many");
  await keys.press("Enter");
  await page().locator("#pool-slots[aria-invalid=true]:focus").waitFor();
  await keys.press("Control+a");
  await keys.type("4");
  await keys.press("Enter");
  await text('The pool "warehouse" is there');
  await keys.tabTo("Change warehouse");
  await keys.press("Enter");
  await keys.dialog("Change warehouse");
  await keys.tabTo(/^Slots/);
  await keys.press("Control+a");
  await keys.type("2");
  await keys.press("Enter");
  await text("0 of 2 used");
  await keys.tabTo("Delete warehouse");
  await keys.press("Enter");
  await keys.dialog("Delete a pool");
  await keys.tabTo("Delete the pool");
  await keys.press("Enter");
  await text('The pool "warehouse" is deleted');
});

test("13. makes a token, which is shown once", async () => {
  await keys.command("token", "New token");
  await keys.dialog("New token");
  await keys.tabTo(/^What it is for/);
  await keys.type("a script");
  await keys.press("Enter");
  const token = await page().locator("#dialog .secret code").textContent();
  const answer = await fetch(`${updraft.url}/api/v2/dags`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  await keys.tabTo("Done");
  await keys.press("Enter");
  await page().waitForURL(`${updraft.url}/tokens`);
  await text("a script");
});

test("14. compares two runs", async () => {
  for (const year of [2012, 2015]) await updraft.api.trigger("with_params", { conf: { year } });
  await keys.press("g", "r");
  await page().waitForURL(`${updraft.url}/runs`);
  await keys.press("/");
  await keys.type("with_params");
  await page().waitForURL(/q=with_params/);
  await page().locator("tr[data-key^='flaky/']").first().waitFor({ state: "detached" });
  await keys.tabTo(/^manual__/);
  await keys.press("Enter");
  await page().waitForURL(/\/with_params\/runs\//);
  await keys.tabTo("Compare");
  await keys.press("Enter");
  await page().waitForURL(/\/comparison/);
  await text("Configuration");
  await text("2015");
  await text("2012");
});

test("15. starts a backfill: sees the dates before, watches its runs, and finds it among all backfills", async () => {
  await keys.command("backfill yesterdays", "Backfill yesterdays");
  await keys.dialog("Backfill yesterdays");
  await page()
    .locator("#backfill-preview strong")
    .getByText(/^[67] runs$/)
    .waitFor();
  await keys.tabTo(/^Active runs at once/);
  await keys.press("Control+a");
  await keys.type("none");
  await page().locator("#backfill-preview").getByText("Expected a whole number").waitFor();
  await keys.press("Enter");
  await page().locator("#backfill-max__active__runs[aria-invalid=true]:focus").waitFor();
  await keys.press("Control+a");
  await keys.type("2");
  await keys.press("Enter");
  await page().waitForURL(/\/dags\/yesterdays\/backfills\/\d+$/);
  await page().locator(".page-title .badge").getByText("completed").waitFor({ timeout: 60_000 });
  expect(await page().locator("tr[data-key^='yesterdays/backfill__']").count()).toBeGreaterThanOrEqual(6);
  await keys.command("backfills", /^Backfills$/);
  await page().waitForURL(`${updraft.url}/backfills`);
  await page()
    .getByText(/([67]) of \1 runs ended/)
    .waitFor();
});

test("16. clears many runs at once, and sees beforehand which and how much of each", async () => {
  await keys.press("g", "r");
  await page().waitForURL(`${updraft.url}/runs`);
  await keys.press("/");
  await keys.type("yesterdays");
  await page().waitForURL(/q=yesterdays/);
  await page().locator("tr[data-key^='flaky/']").first().waitFor({ state: "detached" });
  await keys.tabTo("yesterdays");
  await keys.press("x", "j", "x");
  await text("2 selected");
  for (let step = 0; step < 60 && (await keys.focused()) !== "Clear"; step += 1) await keys.press("Shift+Tab");
  await keys.press("Enter");
  await keys.dialog("Clear many runs");
  const lines = await page().locator("#dialog li").allTextContents();
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/success\s*(backfill|scheduled)__.* of yesterdays: 1 task instance$/);
  await keys.tabTo("Clear 2 runs");
  await keys.press("Enter");
  await text("Cleared 2 runs");
  await page().waitForURL(/q=yesterdays/);
});

test("17. marks a task instance and sees beforehand what that changes", async () => {
  await keys.press("g", "t");
  await page().waitForURL(`${updraft.url}/task-instances`);
  await keys.press("/");
  await keys.type("load");
  await page().waitForURL(/q=load/);
  await page().locator("tr[data-key*='/talk/']").first().waitFor({ state: "detached" });
  await keys.tabTo("load");
  await keys.press("Enter");
  await page().waitForURL(/\/tasks\/load/);
  await keys.tabTo("Mark");
  await keys.press("Enter");
  await keys.dialog("Mark a task instance");
  await keys.tabTo("success");
  await keys.press("ArrowDown");
  await page().locator("#dialog").getByText("would be marked failed").waitFor();
  await keys.tabTo("Mark");
  await keys.press("Enter");
  await page().waitForURL(/\/runs\/[^/]+$/);
  await page().locator(".page-title .badge.state-failed").waitFor({ timeout: 30_000 });
});

test("18. looks up who did it", async () => {
  await keys.press("g", "a");
  await page().waitForURL(`${updraft.url}/audit-log`);
  await keys.press("/");
  await keys.type("flaky");
  await page().waitForURL(/q=flaky/);
  await page().getByRole("cell", { name: "trigger" }).first().waitFor();
  await page().getByRole("cell", { name: "admin" }).first().waitFor();
});

test("19. learns of a file that broke", async () => {
  project.writeDag("broken.ts", `throw new Error("no luck today");`);
  await keys.command("import errors", "Import errors");
  await page().waitForURL(`${updraft.url}/import-errors`);
  await page().getByText("no luck today").first().waitFor({ timeout: 60_000 });
});

test("20. reads the keys, and switches them off", async () => {
  await keys.press("g", "d");
  await page().waitForURL(`${updraft.url}/dags`);
  await keys.press("?");
  await keys.dialog("Keyboard shortcuts");
  await keys.press("Escape");
  await keys.command("zone", "Change the time zone");
  await keys.dialog("Preferences");
  await keys.tabTo("Single keys act as shortcuts");
  await keys.press("Space");
  await keys.tabTo("Save");
  // What was chosen holds for the page that is loaded then.
  const reloaded = page().waitForEvent("load");
  await keys.press("Enter");
  await reloaded;
  await text("Times are shown in");
  await keys.press("?");
  expect(await page().locator("#dialog[open]").count()).toBe(0);
});

/** The same without the keyboard's help: forms and links alone, or on a small screen. */
describe.each([
  ["without JavaScript", { javaScriptEnabled: false, viewport: { width: 1360, height: 900 } }],
  ["on a phone of 360 px", { viewport: { width: 360, height: 740 }, hasTouch: true }],
] as const)("%s", (_name, options) => {
  let other: Page;
  const complaints: string[] = [];
  const isPhone = options.viewport.width === 360;

  beforeAll(async () => {
    other = await (await browser.newContext(options)).newPage();
    other.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await other.goto(`${updraft.url}/dags`);
    await other.fill("[name=username]", "admin");
    await other.fill("[name=password]", updraft.password);
    await other.click("button[type=submit]");
    await other.waitForURL(`${updraft.url}/dags`);
  });

  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  const see = (selector: string) => other.locator(selector).first().waitFor({ timeout: 30_000 });

  /** Scripts bring the news by themselves; without them one asks again. */
  async function untilSeen(selector: string): Promise<void> {
    for (let ask = 0; ask < 60; ask += 1) {
      if ((await other.locator(selector).count()) > 0) return;
      if (isPhone) await see(selector);
      else await other.reload();
    }
    throw new Error(`Never came: ${selector}`);
  }

  const untilRun = (state: string) => untilSeen(`.page-title .badge.state-${state}`);

  test("21. triggers, and is told at the field what is wrong", async () => {
    await other.goto(`${updraft.url}/dags/with_params`);
    await other.getByRole("link", { name: "Trigger", exact: true }).click();
    await other.locator("#param-year").fill("2024");
    await other.getByRole("button", { name: "Trigger", exact: true }).click();
    await see("#param-error-year");
    // A browser without scripts writes the status of the refusing page into its console.
    if (!isPhone) expect(complaints.splice(0)).toEqual([expect.stringContaining("422")]);
    await other.locator("#param-year").fill("2014");
    await other.getByRole("button", { name: "Trigger", exact: true }).click();
    await other.waitForURL(/\/with_params\/runs\//);
    await untilRun("success");
  });

  test("22. finds what failed, reads its log, clears it, and sees it succeed", async () => {
    await other.goto(`${updraft.url}/dags/flaky/trigger`);
    await other.getByRole("button", { name: "Trigger", exact: true }).click();
    await other.waitForURL(/\/flaky\/runs\//);
    await untilRun("failed");
    await other.goto(`${updraft.url}/`);
    await other.locator("#home-failed tbody tr").first().locator("a[href*='/runs/']").click();
    await other.waitForURL(/\/flaky\/runs\//);
    await other.getByRole("link", { name: "load", exact: true }).first().click();
    await see("text=the warehouse refused the connection");
    await other.getByRole("link", { name: "Clear and run again" }).click();
    await see("text=would be cleared");
    await other.getByRole("button", { name: "Clear and run again" }).click();
    await other.waitForURL(/\/flaky\/runs\/[^/]+$/);
    await untilRun("success");
  });

  test("23. filters the list, pauses a DAG and resumes it", async () => {
    await other.goto(`${updraft.url}/dags`);
    await other.locator("[name=q]").first().fill("talk");
    await other.keyboard.press("Enter");
    await other.waitForURL(/q=talk/);
    const control = other.getByRole("switch", { name: "Scheduling of talker" });
    const before = await control.getAttribute("aria-checked");
    await control.click();
    await see(`[role=switch][aria-checked=${before === "true" ? "false" : "true"}]`);
    await control.click();
    await see(`[role=switch][aria-checked=${before}]`);
  });

  test("24. pauses in bulk what a filter finds, after the list of it, and resumes it", async () => {
    for (const [action, listed, done] of [
      ["Pause", "flaky", /^Paused [12] DAGs?$/],
      ["Resume", "talker", /^Resumed 2 DAGs$/],
    ] as const) {
      await other.goto(`${updraft.url}/dags?q=l&tag=journey`);
      await other.getByLabel("All that match").check();
      await other.getByRole("button", { name: action, exact: true }).click();
      await other.locator(".scroll-list").getByRole("link", { name: listed }).waitFor();
      await other.getByRole("button", { name: new RegExp(`^${action} [12] DAGs?$`) }).click();
      await other.locator(".toast").getByText(done).waitFor();
    }
  });

  test("25. compares two runs", async () => {
    await other.goto(`${updraft.url}/dags/with_params/runs`);
    await other.locator("tr[data-key] a.name").first().click();
    await other.getByRole("link", { name: "Compare", exact: true }).click();
    await other.waitForURL(/\/comparison/);
    await other.locator("main").getByText("Configuration").first().waitFor();
  });

  test("26. follows a log, and stops the run", async () => {
    await other.goto(`${updraft.url}/dags/talker/trigger`);
    await other.getByRole("button", { name: "Trigger", exact: true }).click();
    await other.waitForURL(/\/talker\/runs\//);
    const run = other.url();
    await untilSeen("main a:text-is('talk')");
    await other.getByRole("link", { name: "talk", exact: true }).first().click();
    await untilSeen("text=line 2 of 40");
    await untilSeen("text=line 5 of 40");
    await other.goto(run);
    await other.getByRole("link", { name: "Cancel", exact: true }).click();
    await other.getByRole("button", { name: "Cancel the run" }).click();
    await untilRun("failed");
  });

  test("27. nothing is wider than the screen, and the menu leads everywhere", async () => {
    await other.goto(`${updraft.url}/dags`);
    if (isPhone) {
      for (const path of [
        "/",
        "/dags",
        "/runs",
        "/task-instances",
        "/backfills",
        "/pools",
        "/audit-log",
        "/configuration",
      ]) {
        await other.goto(`${updraft.url}${path}`);
        expect(await other.evaluate("document.documentElement.scrollWidth"), path).toBeLessThanOrEqual(360);
      }
      await other.getByRole("button", { name: "Menu of all pages" }).click();
    }
    await other.getByRole("link", { name: "Pools", exact: true }).click();
    await other.waitForURL(`${updraft.url}/pools`);
  });
});
