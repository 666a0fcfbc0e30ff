/**
 * One seed: a random world, a while of faults and users, then a quiet period in which everything must come to its end.
 * The same seed gives the same events, on any machine.
 */
import { createHash } from "node:crypto";
import type { Platform } from "../../src/platform.ts";
import type { DagScheduler } from "../../src/scheduler/dag-scheduler.ts";
import { watch } from "../../workers/cloudflare/watchdog.ts";
import { makeMigratedCatalog, type SqliteCatalog } from "../fixtures/sqlite-catalog.ts";
import type { FaultName } from "./machine/faults.ts";
import { Life } from "./machine/life.ts";
import type { ObjectHost } from "./machine/object-host.ts";
import { Random } from "./machine/random.ts";
import type { Invariant } from "./watch/invariant.ts";
import { Marks } from "./watch/marks.ts";
import { Observer, type Violation } from "./watch/observer.ts";
import type { DagTruth } from "./watch/truth.ts";
import { Chaos } from "./world/chaos.ts";
import { type DagPlan, planDag, type Taste } from "./world/dag-plan.ts";
import { BundleObject, makeRelease } from "./world/release.ts";
import { isAtRest, stuckRuns } from "./world/rest.ts";
import { Users } from "./world/users.ts";
import { World } from "./world/world.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Whoever has not come to an end after so long never will. */
const LONGEST_REST_MS = 24 * HOUR_MS;

export interface SeedOptions {
  readonly seed: number;
  readonly invariants: readonly Invariant[];
  readonly print?: ((line: string) => void) | null;
  readonly calm?: boolean;
  /** Whoever brings a catalog keeps it. */
  readonly catalog?: SqliteCatalog;
}

export interface SeedResult {
  readonly seed: number;
  readonly hash: string;
  readonly eventCount: number;
  readonly simulatedMs: number;
  readonly violation: Violation | null;
  readonly checks: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<FaultName, number>>;
  readonly marks: Readonly<Record<string, number>>;
}

/** Changes of clocks, so near that an hour of schedule meets them. */
const CLOCK_CHANGES = [
  { at: Date.UTC(2026, 2, 29, 1), zone: "Europe/Berlin", mark: "DST gap" },
  { at: Date.UTC(2026, 9, 25, 1), zone: "Europe/Berlin", mark: "DST overlap" },
  { at: Date.UTC(2026, 2, 8, 7), zone: "America/New_York", mark: "DST gap" },
  { at: Date.UTC(2026, 10, 1, 6), zone: "America/New_York", mark: "DST overlap" },
  { at: Date.UTC(2026, 3, 4, 15), zone: "Australia/Lord_Howe", mark: "DST overlap" },
] as const;

const CRONS = ["*/5 * * * *", "*/7 * * * *", "0 * * * *", "*/30 * * * *", "30 2 * * *", "15,45 1-3 * * *", "0 0 * * *"];
const ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];
const POOLS = ["default_pool", "default_pool", "narrow", "wide", "ghost"];

export async function simulate({
  seed,
  invariants,
  print = null,
  calm = false,
  catalog: given,
}: SeedOptions): Promise<SeedResult> {
  makeDigestsSynchronous();
  const marks = new Marks();
  const random = new Random(seed ^ 0x5eed);
  const change = random.chance(0.25) ? random.pick(CLOCK_CHANGES) : null;
  if (change !== null) marks.hit(change.mark);
  const startAt =
    change === null
      ? Date.UTC(2026, random.int(0, 11), random.int(1, 28), random.int(0, 23), random.int(0, 59))
      : change.at - 20 * MINUTE_MS;
  const catalog = given ?? (await makeMigratedCatalog());
  const world = new World({
    ...{ seed, startAt, catalog, print, calm },
    observe: (made) => new Observer(made, invariants, marks),
  });
  await live(world, { startAt, zones: change === null ? ZONES : [change.zone] });
  if (given === undefined) catalog.database.close();
  for (const host of world.hosts.values()) host.sql.db.close();
  world.limits.sql.db.close();
  return {
    seed,
    hash: world.clockwork.hash,
    eventCount: world.clockwork.eventCount,
    simulatedMs: world.clockwork.now - startAt,
    violation: world.observer.violation,
    checks: Object.fromEntries(world.observer.checkCounts),
    faults: world.faults.counts,
    marks: marks.counts,
  };
}

async function live(
  world: World,
  { startAt, zones }: { readonly startAt: number; readonly zones: readonly string[] },
): Promise<void> {
  const { random, clockwork, faults, observer } = world;
  const isCrowded = random.chance(0.08);
  const taste: Taste = {
    startAt,
    zones,
    crons: CRONS,
    pools: isCrowded ? ["narrow"] : POOLS,
    isCrowded,
    hasLongTasks: random.chance(0.3),
  };
  const dagIds = Array.from({ length: random.int(isCrowded ? 2 : 1, 3) }, (_, index) => `dag${index}`);
  const bundle = new BundleObject(world);
  const chaos = new Chaos(world, bundle, taste);
  const users = new Users(world, {
    dagIds: () => dagIds,
    pools: ["narrow", "wide", "ghost"],
    redeploy: () => chaos.redeploy(),
  });
  const afterEvent = () => observer.afterEvent();
  const isOver = () => observer.violation !== null;

  makePools(world);
  chaos.install(
    makeRelease(
      1,
      dagIds.map((dagId) => planValid(random, dagId, taste)),
      new Set(),
    ),
  );
  const busyUntil = startAt + (random.chance(0.06) ? random.int(2, 4) * HOUR_MS : random.int(8, 30) * MINUTE_MS);
  everyMinute(world, bundle, () => clockwork.now < busyUntil && chaos.minute());
  const restless = () => {
    if (clockwork.now >= busyUntil) return;
    users.act();
    clockwork.after(random.spread(1_000, 6 * MINUTE_MS), "a user acts", restless);
  };
  clockwork.after(random.int(1_000, 60_000), "a user acts", restless);
  await clockwork.run(busyUntil, afterEvent, isOver);
  if (isOver()) return;

  faults.isOn = false;
  clockwork.log("quiet");
  chaos.mend();
  const pools = new Set((await world.limits.wake().read()).pools.map(({ name }) => name));
  users.mend(new Map(["narrow", "wide", "ghost"].map((name) => [name, pools.has(name)])));
  users.unpause();
  await clockwork.run(clockwork.now + 20 * MINUTE_MS, afterEvent, isOver);
  if (isOver()) return;
  users.retire();
  const restBy = clockwork.now + LONGEST_REST_MS;
  for (let round = 1; clockwork.now < restBy; round += 1) {
    await clockwork.run(clockwork.now + 10 * MINUTE_MS, afterEvent, isOver);
    if (isOver()) return;
    if (isAtRest(world)) break;
    users.unpause();
    // What waits for a past that failed waits for somebody to decide.
    if (round >= 6) for (const { dagId, runId } of stuckRuns(world)) users.cancel(dagId, runId);
  }
  observer.rest();
  if (isOver()) return;
  for (const [dagId, host] of world.hosts) stepBack(observer.truth(dagId), host, users);
  await clockwork.run(clockwork.now + 5 * MINUTE_MS, afterEvent, isOver);
}

/** What is long over is marked when the clock of its object has stepped back behind it, which a world seldom comes to. */
function stepBack(truth: DagTruth, host: ObjectHost<DagScheduler>, users: Users): void {
  const started = [...truth.instances.values()]
    .filter(({ startAt, state }) => startAt > 0 && state === "success")
    .at(-1);
  const run = started === undefined ? undefined : truth.runs.get(started.seq);
  if (started === undefined || run === undefined) return;
  host.evict();
  host.setSkew(host.skewMs + started.startAt - host.now() - MINUTE_MS);
  users.mark(host.name, run.runId, started.taskId);
}

function makePools({ limits, random, clockwork }: World): void {
  const admin = { name: "admin", via: "api" } as const;
  const make = (name: string, slots: number): void => {
    const settings = { name, slots, includeDeferred: name === "wide", description: "" };
    // Who has no catalog has no pool: another thing for the tasks of a world to live with.
    limits
      .wake()
      .createPool(settings, admin)
      .catch((error: unknown) => clockwork.log(`no pool ${name}: ${String(error)}`));
  };
  make("narrow", random.int(1, 3));
  make("wide", 8);
}

function planValid(random: Random, dagId: string, taste: Taste): DagPlan {
  for (;;) {
    const plan = planDag(random, dagId, taste);
    try {
      makeRelease(0, [plan], new Set());
      return plan;
    } catch (error) {
      if ((error as Error).name !== "DefinitionError") throw error;
    }
  }
}

/** The cron trigger: the bundle is synced if it is not yet, and the watchdog pokes what is overdue. */
function everyMinute(world: World, bundle: BundleObject, more: () => void): void {
  const { clockwork, faults } = world;
  const tick = (): void => {
    clockwork.after(MINUTE_MS, "the cron trigger", tick);
    more();
    if (faults.happens("cron_skipped")) return;
    bundle.sync();
    const life = new Life("watchdog");
    const platform = {
      catalog: world.flaky.for(life),
      clock: { now: () => clockwork.now },
      schedulers: { get: (dagId: string) => world.schedulerClient({ life }, dagId) },
    } as unknown as Platform;
    watch(platform, clockwork.now).catch((error: unknown) => clockwork.log(`the watchdog failed: ${String(error)}`));
  };
  clockwork.after(MINUTE_MS, "the cron trigger", tick);
}

let isSynchronous = false;

/** Digests of the runtime come from a thread of its own, whenever that has time: here they are there at once. */
function makeDigestsSynchronous(): void {
  if (isSynchronous) return;
  isSynchronous = true;
  const digest = async (_algorithm: string, bytes: Uint8Array): Promise<ArrayBuffer> => {
    const hash = createHash("sha256").update(bytes).digest();
    return hash.buffer.slice(hash.byteOffset, hash.byteOffset + hash.length) as ArrayBuffer;
  };
  Object.defineProperty(crypto.subtle, "digest", { value: digest });
}
