/**
 * A deployment with something in every state, in memory: what the pages are tested with, and what `preview.ts` shows.
 * Everything follows from the names, so two showcases are the same.
 */
import type { XComProjection } from "../../src/catalog/projection.ts";
import { apiTokens } from "../../src/catalog/sql/api-tokens.ts";
import { importErrors } from "../../src/catalog/sql/import-errors.ts";
import { savedViews } from "../../src/catalog/sql/saved-views.ts";
import { users } from "../../src/catalog/sql/users.ts";
import type { DagSpec } from "../../src/dag/spec.ts";
import type { DagRunState, TaskInstanceState } from "../../src/engine/states.ts";
import { runCallbackLogKey } from "../../src/executor/log-lines.ts";
import type { DagRunView, TaskInstanceView } from "../../src/platform.ts";
import { type FakePlatform, makePlatform } from "../api/fake-platform.ts";
import { makeSpec, makeTaskSpec } from "../api/specs.ts";
import { makeDagView } from "../api/world.ts";
import {
  dagId,
  makeCallback,
  makeDag,
  makeEvent,
  makeJob,
  makeRun,
  makeTaskInstance,
  makeVersion,
  makeXCom,
  runId,
  taskId,
} from "../fixtures/projections.ts";
import { addBackfillShowcase } from "./showcase-backfills.ts";
import { addGraphShowcase } from "./showcase-graphs.ts";

export const NOW = Date.UTC(2026, 10, 22, 11, 24, 7);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const WEATHER = "seattle_weather";
export const LIVE_RUN = "manual__2026-11-22T11:23:10+00:00";
/** As long as ids of runs that were triggered get. */
export const LONG_RUN = "manual__2026-11-22T11:23:10.180+00:00_2111376c";
export const FAILED_RUN = "scheduled__2026-11-22T06:00:00+00:00";

export interface ShowcaseOptions {
  /** More DAGs than the named ones. */
  readonly extraDags?: number;
}

export async function makeShowcase(options: ShowcaseOptions = {}): Promise<FakePlatform> {
  const platform = await makePlatform();
  platform.now = NOW;
  for (const [place, dag] of dagsShown(options.extraDags ?? 0).entries()) await addShownDag(platform, dag, place);
  await addWeatherDetails(platform);
  await addOperators(platform);
  await addGraphShowcase(platform);
  await addBackfillShowcase(platform);
  await platform.catalog.write(
    importErrors.replaceAll([
      {
        filePath: "dags/orders.ts",
        bundleId: "b7",
        dagId: dagId("orders_to_warehouse"),
        at: NOW - 4 * MINUTE,
        stacktrace: STACK,
      },
      {
        filePath: "dags/broken.ts",
        bundleId: "b7",
        dagId: null,
        at: NOW - 4 * MINUTE,
        stacktrace: 'Cannot find package "pandas" imported from dags/broken.ts\n    at load (bundle:12:3)',
      },
    ]),
  );
  await platform.project({
    jobs: [
      makeJob({
        jobId: "bundle:7",
        jobType: "DagProcessorJob",
        dagId: null,
        state: "success",
        startAt: NOW - 4 * MINUTE,
        endAt: NOW - 4 * MINUTE + 1_800,
        latestHeartbeatAt: NOW - 4 * MINUTE,
      }),
      makeJob({
        jobId: "watchdog",
        jobType: "WatchdogJob",
        dagId: null,
        startAt: NOW - 9 * HOUR,
        latestHeartbeatAt: NOW - 12_000,
      }),
      makeJob({
        jobId: `scheduler:${WEATHER}`,
        dagId: dagId(WEATHER),
        startAt: NOW - 9 * HOUR,
        latestHeartbeatAt: NOW - 2_000,
      }),
    ],
    events: [
      makeEvent({ eventId: "e1", at: NOW - 3 * HOUR, dagId: dagId("hello_cron"), event: "paused", actor: "ada" }),
      makeEvent({
        eventId: "e2",
        at: NOW - 57_000,
        dagId: dagId(WEATHER),
        runId: runId(LIVE_RUN),
        event: "trigger",
        actor: "ada",
        extra: '{"conf":{"year":2015}}',
      }),
      makeEvent({
        eventId: "e3",
        at: NOW - 20_000,
        dagId: dagId(WEATHER),
        runId: runId(FAILED_RUN),
        taskId: taskId("report.chart"),
        event: "clear",
        actor: "ada",
      }),
    ],
  });
  return platform;
}

interface ShownDag {
  readonly id: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schedule: string | null;
  readonly timezone?: string;
  readonly isPaused?: boolean;
  readonly hasImportError?: boolean;
  readonly everyMs: number;
  readonly runCount: number;
  /** Every so manieth run failed. */
  readonly failsEvery: number;
  readonly latest?: DagRunState;
}

function dagsShown(extra: number): readonly ShownDag[] {
  const named: readonly ShownDag[] = [
    {
      id: WEATHER,
      description: "Four years of daily weather in Seattle: extract, split by month, mean, report",
      tags: ["example", "weather"],
      schedule: "0 6 * * *",
      timezone: "America/Los_Angeles",
      everyMs: 24 * HOUR,
      runCount: 24,
      failsEvery: 7,
    },
    {
      id: "earthquakes",
      description: "USGS feed: fetch, validate, deduplicate, histogram",
      tags: ["example", "usgs"],
      schedule: "*/15 * * * *",
      everyMs: 15 * MINUTE,
      runCount: 30,
      failsEvery: 5,
      latest: "success",
    },
    {
      id: "hello_cron",
      description: "Says hello every minute",
      tags: ["example"],
      schedule: "* * * * *",
      isPaused: true,
      everyMs: MINUTE,
      runCount: 14,
      failsEvery: 99,
      latest: "success",
    },
    {
      id: "always_fails",
      description: "Fails on purpose",
      tags: ["example"],
      schedule: null,
      everyMs: 6 * HOUR,
      runCount: 6,
      failsEvery: 1,
      latest: "failed",
    },
    {
      id: "orders_to_warehouse",
      description: "Orders into the warehouse",
      tags: ["finance", "nightly"],
      schedule: "30 2 * * *",
      hasImportError: true,
      everyMs: 24 * HOUR,
      runCount: 20,
      failsEvery: 9,
      latest: "success",
    },
    {
      id: "train_ranker",
      description: "Trains the ranker on last week's clicks",
      tags: ["ml"],
      schedule: "every 6 h",
      everyMs: 6 * HOUR,
      runCount: 18,
      failsEvery: 4,
      latest: "running",
    },
    {
      id: "export_parquet",
      description: "Exports the events of the day",
      tags: ["nightly"],
      schedule: "15 0 * * *",
      everyMs: 24 * HOUR,
      runCount: 14,
      failsEvery: 99,
      latest: "success",
    },
    {
      id: "reconcile_ledger",
      description: "Compares the ledger with the bank",
      tags: ["finance"],
      schedule: "0 5 1 * *",
      everyMs: 720 * HOUR,
      runCount: 5,
      failsEvery: 3,
      latest: "queued",
    },
    {
      id: "purge_pii",
      description: "Deletes what must not be kept",
      tags: [],
      schedule: "every 1 d",
      everyMs: 24 * HOUR,
      runCount: 0,
      failsEvery: 99,
    },
  ];
  const more = Array.from(
    { length: extra },
    (_, place): ShownDag => ({
      id: `load_table_${String(place + 1).padStart(3, "0")}`,
      description: "Loads a table",
      tags: ["nightly"],
      schedule: "0 * * * *",
      everyMs: HOUR,
      runCount: 14,
      failsEvery: 6 + (place % 9),
      latest: "success",
    }),
  );
  return [...named, ...more];
}

async function addShownDag(platform: FakePlatform, shown: ShownDag, place: number): Promise<void> {
  const spec = shown.id === WEATHER ? weatherSpec() : makeSpec(shown.id, { params: null });
  const dag = makeDag({
    dagId: shown.id,
    description: shown.description,
    tags: shown.tags,
    scheduleText: shown.schedule,
    timezone: shown.timezone ?? "UTC",
    isPaused: shown.isPaused ?? false,
    hasImportError: shown.hasImportError ?? false,
    owner: place % 2 === 0 ? "data" : "platform",
    filePath: `dags/${shown.id}.ts`,
    versionNumber: shown.id === WEATHER ? 2 : 1,
    nextRunAfterAt: shown.schedule === null ? null : NOW + (shown.everyMs % (7 * HOUR)) + 4 * MINUTE,
    nextWakeAt: NOW + MINUTE,
  });
  const runs = runsOf(shown);
  const scheduler = platform.scheduler(shown.id);
  const dueAts =
    dag.nextRunAfterAt === null ? [] : [0, 1, 2, 3].map((n) => (dag.nextRunAfterAt ?? 0) + n * shown.everyMs);
  scheduler.planned = { dueAts, isCut: shown.everyMs < HOUR };
  scheduler.view = makeDagView(shown.id, {
    isPaused: dag.isPaused,
    hasImportError: dag.hasImportError,
    versionNumber: dag.versionNumber,
    nextRunAfterAt: dag.nextRunAfterAt,
  });
  for (const run of runs) scheduler.runs.set(run.runId, run);
  const instances = runs.flatMap((run) => instancesOf(run, spec));
  scheduler.instances.push(...instances);
  const versions = Array.from({ length: dag.versionNumber }, (_, index) =>
    makeVersion({
      dagId: shown.id,
      versionNumber: index + 1,
      specJson: JSON.stringify(spec),
      source: SOURCE,
      filePath: dag.filePath,
      createdAt: NOW - (9 - index) * 24 * HOUR,
      bundleId: "b7",
      version: index + 1,
    }),
  );
  await platform.project({ dag, versions, dagRuns: runs, taskInstances: instances });
}

function runsOf(shown: ShownDag): readonly DagRunView[] {
  return Array.from({ length: shown.runCount }, (_, index) => {
    const age = shown.runCount - 1 - index;
    const at = NOW - age * shown.everyMs - 57_000;
    const isLatest = age === 0;
    const hasFailed = (index + 1) % shown.failsEvery === 0;
    let state: DagRunState = isLatest && shown.latest ? shown.latest : hasFailed ? "failed" : "success";
    let id = `scheduled__${new Date(at).toISOString().slice(0, 16)}:00+00:00`;
    if (shown.id === WEATHER && isLatest) [state, id] = ["running", LIVE_RUN];
    if (shown.id === "train_ranker" && isLatest) id = LONG_RUN;
    if (shown.id === WEATHER && age === 1) [state, id] = ["failed", FAILED_RUN];
    const startAt = state === "queued" ? null : at + 400;
    const duration = 18_000 + ((index * 7_919) % 23_000);
    return makeRun({
      dagId: shown.id,
      runId: id,
      runType: id.startsWith("manual") ? "manual" : "scheduled",
      state,
      logicalAt: at,
      runAfterAt: at,
      queuedAt: at,
      startAt,
      endAt: state === "success" || state === "failed" ? at + 400 + duration : null,
      conf: shown.id === WEATHER ? { year: 2015, stations: ["SEA", "BFI"], dry_run: false } : {},
      triggeredBy: id.startsWith("manual") ? "ada" : "schedule",
      reason: state === "failed" ? "task_failure" : state === "queued" ? "max_active_runs" : null,
      versionNumber: 1,
      version: index + 1,
    });
  });
}

const LIVE_STATES: readonly TaskInstanceState[] = [
  "success",
  "success",
  "success",
  "success",
  "skipped",
  "running",
  "up_for_retry",
  "queued",
  "scheduled",
  "none",
  "none",
  "none",
];

function instancesOf(run: DagRunView, spec: DagSpec): readonly TaskInstanceView[] {
  const { startAt } = run;
  if (startAt === null) return [];
  const step = Math.floor(((run.endAt ?? NOW) - startAt) / (spec.tasks.length + 1));
  let hasFailed = false;
  return spec.tasks.map((task, index) => {
    const isFailing = run.state === "failed" && index === Math.floor(spec.tasks.length * 0.6);
    let state: TaskInstanceState =
      run.state === "running"
        ? (LIVE_STATES[index] ?? "none")
        : hasFailed
          ? "upstream_failed"
          : isFailing
            ? "failed"
            : "success";
    if (run.state === "success" && index === 4) state = "skipped";
    hasFailed ||= isFailing;
    const queuedAt = startAt + index * step;
    const hasStarted = ["success", "failed", "running", "up_for_retry"].includes(state);
    return makeTaskInstance({
      dagId: run.dagId,
      runId: run.runId,
      taskId: task.taskId,
      state,
      tryNumber: state === "failed" ? 3 : hasStarted || state === "queued" ? 1 : 0,
      maxTries: task.retries,
      queuedAt: hasStarted || state === "queued" ? queuedAt : null,
      startAt: hasStarted ? queuedAt + Math.floor(step / 4) : null,
      endAt:
        state === "running"
          ? null
          : hasStarted
            ? queuedAt + Math.floor(step * (1.4 + (index % 3) * 0.4))
            : ["skipped", "upstream_failed"].includes(state)
              ? queuedAt
              : null,
      nextRetryAt: state === "up_for_retry" ? NOW + 34_000 : null,
      error:
        state === "failed" || state === "up_for_retry"
          ? { name: "TypeError", message: "Cannot read properties of undefined (reading 'map')", stack: STACK }
          : null,
      reason: state === "upstream_failed" ? "upstream_failed" : null,
      queue: "tasks",
      bundleId: "b7",
      logChunkCount: hasStarted ? 2 : 0,
      version: index + 1,
    });
  });
}

export function weatherSpec(): DagSpec {
  const ids = [
    "extract",
    "validate",
    "split_by_month",
    "means.winter",
    "means.spring",
    "means.summer",
    "means.autumn",
    "report.table",
    "report.chart",
    "report.publish",
    "notify",
    "clean_up",
  ];
  return makeSpec(WEATHER, {
    description: "Four years of daily weather in Seattle",
    docs: "Reads the daily observations of one year, splits them by month and reports the means.\nThe data are public.",
    schedule: { type: "cron", expression: "0 6 * * *", timezone: "America/Los_Angeles", dataInterval: false },
    params: {
      type: "object",
      properties: {
        year: { type: "integer", minimum: 2012, maximum: 2015, default: 2015, description: "Year of the observations" },
        station: { type: "string", default: "SEA", title: "Station" },
        unit: { enum: ["celsius", "fahrenheit"], default: "celsius" },
        dry_run: { type: "boolean", default: false, title: "Dry run: publish nothing" },
        thresholds: { type: "array", items: { type: "number" }, default: [0, 10, 20] },
        seasons: {
          type: "array",
          items: { enum: ["winter", "spring", "summer", "autumn"] },
          default: ["winter", "summer"],
          title: "Seasons",
          section: "What to report",
        },
        since: { type: "string", format: "date", title: "Since", section: "What to report" },
        before: { type: "string", format: "date-time", title: "Before", section: "What to report" },
        recipients: {
          type: "array",
          items: { type: "string" },
          default: ["ada@example.org"],
          title: "Recipients",
          section: "What to report",
        },
        preamble: { type: "string", format: "multiline", title: "Preamble", section: "What to report" },
      },
    },
    tasks: ids.map((id, index) => {
      const group = id.includes(".") ? (id.split(".")[0] ?? null) : null;
      return makeTaskSpec(id, {
        groupId: group,
        upstream: index === 0 ? [] : [taskId(ids[Math.max(0, group === "means" ? 2 : index - 1)] ?? "extract")],
        retryDelayMs: 30_000,
      });
    }),
    groups: [
      { groupId: "means", parentId: null, label: "means" },
      { groupId: "report", parentId: null, label: "report" },
    ],
  });
}

const STACK = `TypeError: Cannot read properties of undefined (reading 'map')
    at meanOf (dags/seattle_weather.ts:41:22)
    at dags/seattle_weather.ts:58:11
    at async runTry (src/executor/run-try.ts:112:20)`;

const SOURCE = `import { cron, dag, z } from "updraft";

export default dag("seattle_weather", {
  schedule: cron("0 6 * * *", { timezone: "America/Los_Angeles" }),
  startDate: "2026-01-01",
  params: z.object({ year: z.int().min(2012).max(2015).default(2015) }),
  defaults: { retries: 2, retryDelay: "30s" },
}, ({ task, group }) => {
  const rows = task("extract", async ({ params, signal }) => loadYear(params.year, signal));
  const months = task("split_by_month", { inputs: { rows } }, ({ rows }) => groupByMonth(rows));
});
`;

const CHART = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="160" viewBox="0 0 480 160"><g fill="#1f8f74">${[5, 6, 8, 10, 14, 17, 19, 19, 16, 11, 7, 5].map((t, i) => `<rect x="${10 + i * 39}" y="${140 - t * 6}" width="30" height="${t * 6}" rx="3"/>`).join("")}</g><path d="M0 140.500h480" stroke="#828c97"/></svg>`;

async function addWeatherDetails(platform: FakePlatform): Promise<void> {
  const scheduler = platform.scheduler(WEATHER);
  const key = { runId: FAILED_RUN, taskId: "means.autumn", mapIndex: -1 };
  const failed = scheduler.instances.find((one) => one.runId === FAILED_RUN && one.state === "failed");
  if (failed !== undefined) {
    const past = (tryNumber: number) => ({ ...failed, tryNumber, state: "failed" as const, version: tryNumber });
    await platform.project({ tries: [past(1), past(2), past(3)] });
    await platform.writeLog(failed, 1, logLines());
    await platform.writeLog({ ...failed, tryNumber: 1 }, 1, logLines().slice(0, 5));
  }
  await addCallbacks(platform);
  const running = scheduler.instances.find((one) => one.runId === LIVE_RUN && one.state === "running");
  if (running !== undefined) await platform.writeLog(running, 1, logLines().slice(0, 6));
  scheduler.blockers = [
    { rule: "respectRetryDelay", reason: "Try 1 failed; try 2 of 3 starts at 11:24:41 UTC, in 34 s" },
    { rule: "respectPoolSlots", reason: 'Pool "warehouse" has 0 of 4 slots free' },
  ];
  const at = NOW - HOUR;
  const rows: XComProjection[] = [];
  const give = (taskName: string, name: string, value: unknown) => {
    const json = JSON.stringify(value);
    scheduler.xcoms.push({ ...key, taskId: taskName, key: name, value: { type: "inline", json }, at });
    rows.push(
      makeXCom({
        dagId: dagId(WEATHER),
        runId: runId(FAILED_RUN),
        taskId: taskId(taskName),
        key: name,
        at,
        bytes: json.length,
        preview: json.slice(0, 2_000),
      }),
    );
  };
  give("split_by_month", "return_value", [
    { month: "January", mean: 5.2, wet_days: 18 },
    { month: "February", mean: 7.9, wet_days: 14 },
    { month: "March", mean: 9.8, wet_days: 15 },
  ]);
  give("split_by_month", "chart", { svg: CHART, unit: "°C" });
  give("split_by_month", "stations", {
    SEA: { name: "Seattle-Tacoma", elevation: 132, active: true, closed: null },
    codes: [1, 2, 3],
  });
  await platform.project({ xcoms: rows });
}

/** Who works with it, and what they made: users, tokens, pools, saved views. */
async function addOperators(platform: FakePlatform): Promise<void> {
  const actor = { name: "ada", via: "web" } as const;
  for (const name of ["ada", "grace", "linus"]) await platform.addUser(name, "a long password");
  await platform.catalog.write([
    ...users.setActive("id-linus", false),
    ...[null, NOW + 80 * 24 * HOUR, NOW - 24 * HOUR].map((expiresAt, place) =>
      apiTokens.create({
        tokenId: `token-${place}`,
        tokenHash: `hash-${place}`,
        userId: "id-ada",
        name: ["deploys", "dashboard of the office", "an old script"][place] ?? "",
        now: NOW - 90 * 24 * HOUR,
        expiresAt,
      }),
    ),
    ...savedViews.save({
      savedViewId: "view-1",
      userId: "id-ada",
      page: "/dags",
      query: "state=failed",
      name: "What failed",
      isShared: true,
      now: NOW,
    }),
  ]);
  await platform.limits.createPool(
    { name: "warehouse", slots: 4, includeDeferred: true, description: "Connections to the warehouse" },
    actor,
  );
  await platform.limits.createPool({ name: "gpu", slots: 2, includeDeferred: false, description: "" }, actor);
  const live = platform.scheduler(WEATHER).instances.filter((one) => one.runId === LIVE_RUN);
  const inPools = live.map((one, place) =>
    ["running", "queued", "scheduled"].includes(one.state)
      ? { ...one, pool: "warehouse", poolSlots: 1 + (place % 2), version: 1_000 }
      : one,
  );
  await platform.project({ taskInstances: inPools.filter(({ version }) => version === 1_000) });
}

async function addCallbacks(platform: FakePlatform): Promise<void> {
  const common = { dagId: dagId(WEATHER), runId: runId(FAILED_RUN), createdAt: NOW - HOUR };
  await platform.project({
    callbacks: [
      makeCallback({
        ...common,
        callbackId: "1",
        taskId: taskId("report.table"),
        tryNumber: 1,
        event: "on_retry",
        state: "success",
        attemptCount: 1,
        endAt: NOW - HOUR + 900,
      }),
      makeCallback({
        ...common,
        callbackId: "2",
        event: "on_failure",
        state: "failed",
        attemptCount: 3,
        endAt: NOW - HOUR + 72_000,
        error: "TypeError: fetch failed",
      }),
      makeCallback({ ...common, callbackId: "3", event: "deadline" }),
    ],
  });
  const key = runCallbackLogKey({ dagId: common.dagId, runId: common.runId, callbackId: "2", attempt: 3 });
  await platform.writeLog(key, 1, [
    { t: NOW - HOUR + 71_000, level: "error", event: "The callback failure failed: fetch failed" },
  ]);
}

function logLines(): readonly object[] {
  const at = NOW - HOUR;
  return [
    { t: at, event: "Try 3 of 3 starts", bundle: "b7" },
    { t: at + 12, level: "debug", event: "GET https://example.org/weather/2015.csv" },
    { t: at + 431, event: "Read \u001b[1m365\u001b[0m rows in \u001b[32m419 ms\u001b[0m", rows: 365, bytes: 48_211 },
    { t: at + 440, event: "Splitting by month" },
    { t: at + 441, event: "::group::Months" },
    ...["January", "February", "March"].map((month, place) => ({ t: at + 442 + place, event: `${month}: 31 rows` })),
    { t: at + 450, event: "::endgroup::" },
    { t: at + 455, level: "warning", event: "3 rows have no temperature: 2015-03-02, 2015-03-03, 2015-07-19" },
    { t: at + 470, event: "\u001b[36mSEA\u001b[0m  mean 11.4 °C  \u001b[33mwet 144 days\u001b[0m" },
    { t: at + 512, level: "error", event: STACK },
  ];
}
