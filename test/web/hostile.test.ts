/** Text of users, authors and tasks in every field: whatever it says, it is shown and never becomes markup. */
import { beforeAll, describe, expect, test } from "vitest";
import { apiTokens } from "../../src/catalog/sql/api-tokens.ts";
import { importErrors } from "../../src/catalog/sql/import-errors.ts";
import { savedViews } from "../../src/catalog/sql/saved-views.ts";
import { versionDisplays } from "../../src/catalog/sql/version-displays.ts";
import { makeDisplay } from "../../workers/node/manifest-display.ts";
import { makePlatform } from "../api/fake-platform.ts";
import { makeSpec, makeTaskSpec } from "../api/specs.ts";
import { makeDagView } from "../api/world.ts";
import {
  makeBackfill,
  makeDag,
  makeEvent,
  makeJob,
  makeRun,
  makeTaskInstance,
  makeVersion,
  makeXCom,
} from "../fixtures/projections.ts";
import { browserOf, tagsOf } from "./browser.ts";
import { makeWebApp } from "./web-app.ts";

const EVIL = `"><img src=x onerror=alert(1)><script>alert(1)</script><svg onload=alert(1)>'\u001b[31m</textarea></title>javascript:alert(1)`;
const EVIL_SVG = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`;

const addresses = [
  "/",
  "/dags",
  `/dags?q=${encodeURIComponent(EVIL)}&tag=${encodeURIComponent(EVIL)}`,
  "/dags/evil",
  `/dags/evil?q=${encodeURIComponent(EVIL)}`,
  "/dags/evil/graph",
  `/dags/evil/graph?focus=${encodeURIComponent(EVIL)}&flip=${encodeURIComponent(EVIL)}&run=${encodeURIComponent(EVIL)}`,
  "/dags/evil/gantt",
  "/dags/evil/calendar",
  "/dags/evil/durations",
  `/dags/evil/runs?q=${encodeURIComponent(EVIL)}&from=${encodeURIComponent(EVIL)}`,
  `/dags/evil/tasks?q=${encodeURIComponent(EVIL)}`,
  "/dags/evil/code?version=1&against=2",
  "/dags/evil/events",
  `/dags/evil/events?event=${encodeURIComponent(EVIL)}`,
  "/dags/evil/runs",
  "/dags/evil/tasks",
  "/dags/evil/code",
  "/dags/evil/details",
  "/dags/evil/trigger",
  "/dags/evil/trigger?from_run=run",
  "/dags/evil/runs/run",
  "/dags/evil/runs/run?open=task",
  "/dags/evil/runs/run/note",
  "/dags/evil/runs/run/comparison?with=other",
  "/dags/evil/runs/run/events",
  "/dags/evil/runs/run/clearing",
  "/dags/evil/runs/run/tasks/task",
  "/dags/evil/runs/run/tasks/task?map_index=0",
  "/dags/evil/runs/run/tasks/task/xcom",
  "/dags/evil/runs/run/tasks/task/details",
  "/dags/evil/runs/run/tasks/task/events",
  "/dags/evil/runs/run/tasks/task/code",
  "/dags/evil/runs/run/tasks/task/instances",
  "/backfills",
  "/dags/evil/backfills",
  "/dags/evil/backfills/1",
  "/dags/evil/backfills/1/cancellation",
  `/dags/evil/backfills/new?from_date=${encodeURIComponent(EVIL)}&max_active_runs=${encodeURIComponent(EVIL)}&dag_run_conf=${encodeURIComponent(EVIL)}`,
  "/import-errors",
  "/audit-log",
  "/xcoms",
  "/pools",
  "/tokens",
  "/jobs",
  "/task-instances",
  "/runs",
  `/runs?q=${encodeURIComponent(EVIL)}&dag=${encodeURIComponent(EVIL)}`,
  `/audit-log?actor=${encodeURIComponent(EVIL)}`,
  `/search?q=${encodeURIComponent(EVIL)}`,
  `/pools/editing?name=${encodeURIComponent(EVIL)}`,
  `/dags/evil/runs/run/tasks/task?q=${encodeURIComponent(EVIL)}`,
  `/dag-batch?action=pause&all=true&q=${encodeURIComponent("evil")}`,
  `/jobs?q=${encodeURIComponent(EVIL)}`,
  `/import-errors?q=${encodeURIComponent(EVIL)}`,
  `/run-batch?action=clearing&all=true&q=${encodeURIComponent("evil")}&sel=${encodeURIComponent(EVIL)}`,
  `/task-instance-batch?action=clearing&all=true&note=${encodeURIComponent(EVIL)}`,
  `/login?next=${encodeURIComponent(EVIL)}&error=${encodeURIComponent(EVIL)}`,
  `/dags/${encodeURIComponent(EVIL)}`,
];

let browser: ReturnType<typeof browserOf>;
beforeAll(async () => {
  const platform = await makePlatform();
  const dag = { dagId: "evil" };
  const spec = makeSpec("evil", {
    description: EVIL,
    docs: EVIL,
    owner: EVIL,
    tags: [EVIL],
    params: {
      type: "object",
      properties: {
        [EVIL]: { type: "string", title: EVIL, description: EVIL, default: EVIL },
        choice: { enum: [EVIL], title: EVIL },
        list: { type: "array", default: [EVIL] },
      },
    },
    tasks: [makeTaskSpec("task", { groupId: EVIL, docs: EVIL, description: EVIL, owner: EVIL, pool: EVIL })],
    groups: [{ groupId: EVIL, parentId: null, label: EVIL }],
  });
  const run = makeRun({
    ...dag,
    state: "failed",
    conf: { [EVIL]: [EVIL] },
    note: EVIL,
    triggeredBy: EVIL,
    reason: EVIL,
    startAt: 1,
  });
  const error = { name: EVIL, message: EVIL, stack: EVIL };
  const instance = makeTaskInstance({
    ...dag,
    state: "failed",
    startAt: 1,
    error,
    reason: EVIL,
    pool: EVIL,
    queue: EVIL,
    bundleId: EVIL,
    executor: EVIL,
  });
  const mapped = { ...instance, mapIndex: 0, instanceName: EVIL };
  const backfill = makeBackfill({ dagId: run.dagId, id: 1, conf: { [EVIL]: EVIL }, createdBy: EVIL });
  await platform.project({
    dag: makeDag({
      ...dag,
      description: EVIL,
      owner: EVIL,
      tags: [EVIL],
      scheduleText: EVIL,
      timezone: EVIL,
      filePath: EVIL,
      hasImportError: true,
    }),
    versions: [
      makeVersion({
        ...dag,
        specJson: JSON.stringify(spec),
        source: EVIL,
        filePath: EVIL,
        bundleId: EVIL,
        specHash: EVIL,
      }),
      makeVersion({ ...dag, versionNumber: 2, specJson: JSON.stringify(spec), source: `${EVIL}2`, filePath: EVIL }),
    ],
    dagRuns: [run, makeRun({ ...dag, runId: "other", conf: EVIL, triggeredBy: EVIL })],
    taskInstances: [instance, mapped],
    events: [makeEvent({ dagId: run.dagId, runId: run.runId, event: EVIL, actor: EVIL, extra: EVIL })],
    jobs: [makeJob({ jobId: EVIL })],
    backfills: [backfill],
  });
  await platform.catalog.write([
    versionDisplays.insert({
      dagId: run.dagId,
      sourceHash: "source",
      specHash: EVIL,
      display: makeDisplay(spec, EVIL),
    }),
  ]);
  await platform.catalog.write(
    importErrors.replaceAll([{ filePath: EVIL, bundleId: EVIL, dagId: null, at: 1, stacktrace: EVIL }]),
  );
  const actor = { name: "ada", via: "web" } as const;
  await platform.limits.createPool({ name: EVIL, slots: 1, includeDeferred: false, description: EVIL }, actor);
  await platform.addUser("ada", "a long password");
  await platform.project({
    xcoms: [makeXCom({ dagId: "evil", runId: "run", taskId: "task", key: EVIL, preview: JSON.stringify(EVIL) })],
  });
  await platform.catalog.write([
    apiTokens.create({ tokenId: "t", tokenHash: "h", userId: "id-ada", name: EVIL, now: 1, expiresAt: null }),
    ...savedViews.save({
      savedViewId: "v",
      userId: "id-ada",
      page: "/dags",
      query: EVIL,
      name: EVIL,
      isShared: true,
      now: 1,
    }),
  ]);
  const scheduler = platform.scheduler("evil");
  scheduler.view = makeDagView("evil");
  scheduler.runs.set("run", run);
  scheduler.backfills.set(1, backfill);
  scheduler.instances.push(instance, mapped);
  scheduler.blockers = [{ rule: EVIL, reason: EVIL }];
  const key = { runId: "run", taskId: "task", mapIndex: -1, at: 1 };
  for (const [name, value] of Object.entries({
    [EVIL]: EVIL,
    svg: EVIL_SVG,
    drawing: { svg: EVIL_SVG, note: EVIL },
    table: [{ [EVIL]: EVIL }, { [EVIL]: EVIL }],
    nested: { [EVIL]: { [EVIL]: EVIL } },
  })) {
    scheduler.xcoms.push({ ...key, key: name, value: { type: "inline", json: JSON.stringify(value) } });
  }
  await platform.writeLog(instance, 1, [
    { event: EVIL, [EVIL]: EVIL },
    { event: `\u001b[1m${EVIL}\u001b]8;;javascript:alert(1)\u0007link`, level: "error" },
  ]);
  browser = browserOf(makeWebApp(platform));
});

describe("hostile text in every field", () => {
  test.each(addresses)("stays text at %s", async (address) => {
    const { text } = await browser.page(address);
    expect(text).not.toContain("<img src=x");
    expect(text).not.toContain("<script>");
    expect(text).not.toContain("<svg onload");
    for (const { name, attributes } of tagsOf(text)) {
      for (const attribute of Object.keys(attributes)) expect(attribute).not.toMatch(/^on/);
      if (name === "a") expect(attributes["href"]).toMatch(/^[/#]/);
      if (name === "script") expect(attributes["src"]).toMatch(/^\/built\//);
    }
  });

  test("is really there to be shown, so that the test above means something", async () => {
    const escaped = "&lt;script&gt;alert(1)&lt;/script&gt;";
    const last = addresses.indexOf("/tokens");
    for (const address of addresses.slice(3, last)) {
      if (/\/(clearing|cancellation|jobs|task-instances)$|^\/runs/.test(address)) continue;
      expect((await browser.page(address)).text, address).toContain(escaped);
    }
  });

  test("an SVG that a task returned is only ever the source of an image", async () => {
    const { text } = await browser.page("/dags/evil/runs/run/tasks/task/xcom");
    const images = tagsOf(text).filter(({ name }) => name === "img");
    expect(images).toHaveLength(2);
    for (const { attributes } of images) expect(attributes["src"]).toMatch(/^data:image\/svg\+xml,%3Csvg/);
  });
});
