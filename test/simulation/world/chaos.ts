/** What befalls a world minute by minute: evictions, deaths, clocks that jump, a catalog that is away, deployments. */
import type { Random } from "../machine/random.ts";
import { changePlan, type DagPlan, type Taste } from "./dag-plan.ts";
import { type BundleObject, makeRelease, type Release } from "./release.ts";
import type { World } from "./world.ts";

const MAX_JUMP_MS = 5 * 60_000;
const LEASE_MS = 90_000;
const ROLLOUT_MS = 120_000;

export class Chaos {
  readonly #world: World;
  readonly #bundle: BundleObject;
  readonly #taste: Taste;
  #releaseCount = 1;

  constructor(world: World, bundle: BundleObject, taste: Taste) {
    this.#world = world;
    this.#bundle = bundle;
    this.#taste = taste;
  }

  /** Rates are per minute; this is one minute of them, spread over it. */
  minute(): void {
    const { random, faults, clockwork } = this.#world;
    const soon = (what: string, act: () => void) => clockwork.after(random.int(0, 60_000), what, act);
    for (const host of this.#world.hosts.values()) {
      for (let left = faults.rates.object_evicted_per_minute; left > 0; left -= 1) {
        if (random.chance(left) && faults.isOn) {
          faults.counts.object_evicted_per_minute += 1;
          soon(`${host.name} is evicted`, () => host.evict());
        }
      }
      if (faults.happens("clock_jumps_per_minute")) {
        soon(`the clock of ${host.name} jumps`, () => {
          const skewMs = random.int(-MAX_JUMP_MS, MAX_JUMP_MS);
          if (skewMs < host.skewMs) this.#world.observer.marks.hit("clock went backwards");
          host.setSkew(skewMs);
        });
      }
    }
    if (faults.happens("limits_evicted_per_minute")) soon("the limits are evicted", () => this.#world.limits.evict());
    for (const invocation of this.#world.consumers.living) {
      const { life } = invocation;
      if (faults.happens("consumer_dies_per_minute")) soon(`${life.name} dies`, () => life.end());
      if (faults.happens("consumer_freezes_per_minute")) {
        soon(`${life.name} stands still`, () => {
          life.frozenUntil = clockwork.now + random.int(1, 10) * LEASE_MS;
        });
      }
      if (faults.happens("consumer_partitioned_per_minute")) {
        soon(`${life.name} is cut off`, () => {
          invocation.cutOffUntil = clockwork.now + random.int(1, 5) * LEASE_MS;
        });
      }
      if (faults.happens("clock_jumps_per_minute")) invocation.clockSkewMs = random.int(-MAX_JUMP_MS, MAX_JUMP_MS);
    }
    if (faults.happens("catalog_down_per_minute")) {
      soon("the catalog goes away", () => {
        this.#world.flaky.downUntil = clockwork.now + random.spread(1_000, 30 * 60_000);
      });
    }
    if (faults.happens("deploys_per_minute")) soon("a deployment", () => this.deploy());
  }

  /** Another release: objects go on as they are until they are called, new invocations have new code. */
  deploy(): void {
    const { random, consumers, observer, clockwork } = this.#world;
    const before = consumers.release;
    if (before === null) return;
    this.#releaseCount += 1;
    const plans = before.plans.map((plan) => (random.chance(0.7) ? changed(random, plan, this.#taste) : plan));
    const failing = new Set(plans.filter(() => random.chance(0.05)).map(({ dagId }) => dagId));
    plans.forEach((plan, index) => {
      if (plan.schedule !== before.plans[index]?.schedule) observer.marks.hit("schedule changed in a deployment");
    });
    this.install(makeRelease(this.#releaseCount, plans, failing));
    // Objects get the new code one by one, each with a new life.
    const isSlow = random.chance(0.5);
    for (const host of this.#world.hosts.values()) {
      if (isSlow) clockwork.after(random.int(0, ROLLOUT_MS), `${host.name} gets the new code`, () => host.evict());
      else host.evict();
    }
  }

  /** The same once more. */
  redeploy(): void {
    const { release } = this.#world.consumers;
    if (release === null) return;
    this.#releaseCount += 1;
    this.install(makeRelease(this.#releaseCount, release.plans, release.failing));
  }

  /** Every file loads again. */
  mend(): void {
    const { release } = this.#world.consumers;
    if (release === null || release.failing.size === 0) return;
    this.#releaseCount += 1;
    this.install(makeRelease(this.#releaseCount, release.plans, new Set()));
  }

  install(release: Release): void {
    this.#world.clockwork.log(`release ${release.bundleId}`);
    this.#world.consumers.release = release;
    this.#bundle.reset();
    this.#bundle.sync();
  }
}

/** A change that authors could not make is none. */
function changed(random: Random, plan: DagPlan, taste: Taste): DagPlan {
  const next = changePlan(random, plan, taste);
  try {
    makeRelease(0, [next], new Set());
    return next;
  } catch {
    return plan;
  }
}
