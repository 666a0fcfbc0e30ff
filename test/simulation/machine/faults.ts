/**
 * The faults of a world. Each seed has some of them, each at a rate of its own (a swarm): worlds in which everything
 * fails at once never come to the places where only one thing does. All of them stop when the quiet period begins.
 */
import type { Random } from "./random.ts";

/** The highest rate at which each comes: per message, call, write, alarm, or per minute where the name says so. */
export const FAULTS = {
  queue_loses: 0.5,
  queue_duplicates: 0.2,
  queue_delays: 0.2,
  queue_reorders: 0.5,
  queue_refuses_send: 0.2,
  queue_hangs_on_send: 0.05,
  queue_sends_and_fails: 0.15,
  queue_redelivers_acked: 0.1,
  queue_gives_up: 0.6,
  message_of_newer_release: 0.2,
  message_of_older_release: 0.2,
  call_of_older_release: 0.1,
  consumer_dies_at_call: 0.04,
  consumer_dies_per_minute: 0.3,
  consumer_freezes_per_minute: 0.2,
  consumer_partitioned_per_minute: 0.2,
  call_loses_request: 0.1,
  call_loses_reply: 0.1,
  call_duplicates: 0.1,
  call_delays: 0.1,
  object_evicted_per_minute: 2,
  object_evicted_at_call: 0.05,
  storage_fails: 0.01,
  alarm_late: 0.3,
  alarm_duplicated: 0.15,
  alarm_crashes: 0.1,
  alarm_abandoned: 0.02,
  cron_skipped: 0.2,
  catalog_down_per_minute: 0.05,
  catalog_slow: 0.15,
  catalog_commits_and_fails: 0.15,
  catalog_fails_and_commits_later: 0.1,
  store_fails: 0.1,
  clock_jumps_per_minute: 0.05,
  deploys_per_minute: 0.15,
  limits_evicted_per_minute: 0.5,
} as const;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

export class Faults {
  isOn = true;
  readonly counts = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Record<FaultName, number>;
  readonly rates = Object.fromEntries(FAULT_NAMES.map((name) => [name, 0])) as Record<FaultName, number>;
  readonly #random: Random;

  constructor(random: Random, { calm = false }: { readonly calm?: boolean } = {}) {
    this.#random = random;
    // A tenth of all worlds has none: a check that only holds because something failed would show there.
    if (calm || random.chance(0.1)) return;
    const share = random.pick([0.1, 0.3, 0.6]);
    for (const name of FAULT_NAMES) if (random.chance(share)) this.rates[name] = FAULTS[name] * random.next();
  }

  /** Whether it happens now; what happens is counted. */
  happens(name: FaultName): boolean {
    if (!this.isOn || !this.#random.chance(this.rates[name])) return false;
    this.counts[name] += 1;
    return true;
  }
}
