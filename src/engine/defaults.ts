/** Every default that decides something, in one place. Durations are milliseconds. */

/** How long a grant lives without a renewal. Longer than the CPU limit of one invocation, since busy code cannot renew. */
export const LEASE_MS = 90_000;
export const HEARTBEAT_MS = 15_000;
/** After how long an unclaimed message is sent again, the first time; doubles from there. */
export const FIRST_RESEND_MS = 30_000;
/** A try fails with `queue_timeout` when this many re-sends brought no claim. */
export const MAX_RESEND_COUNT = 3;
/** How often a grant that died without a sign of life is replaced within one try. */
export const MAX_LOSS_COUNT = 3;
/**
 * Unclaimed messages per DAG and queue; the other ready tasks stay `scheduled`, and go to executors that report, a hundred at a
 * time and without a message. A few deliveries are enough to keep a queue busy, and DAGs that share it wait for no more.
 */
export const MAX_UNCLAIMED_COUNT = 300;
/** A continuation may follow another so often in one invocation. */
export const MAX_HOP_COUNT = 1_000;
/** Wall time of one queue invocation that Updraft uses; the platform ends it at 15 minutes. */
export const INVOCATION_WALL_MS = 13 * 60_000;
/** A task without a declared timeout continues in an invocation only while that is this young. */
export const UNDECLARED_CONTINUATION_MS = 60_000;
/** A declared timeout above this goes to `tasks-long`. */
export const LONG_TIMEOUT_MS = 60_000;
/** A last duration above this goes to `tasks-long`. */
export const LONG_DURATION_MS = 30_000;
/** How long the scheduler waits beyond an execution timeout for the runner's own report of it. */
export const TIMEOUT_GRACE_MS = 10_000;
/** Scheduled runs created, timers handled, runs started in one event; the rest follows in the next wake. */
export const MAX_NEW_RUNS_PER_EVENT = 100;
export const MAX_TIMERS_PER_EVENT = 2_000;
export const MAX_STARTS_PER_EVENT = 100;
/** Due times that were overtaken stay in memory until there are so many of them, or as many as live ones. */
export const MIN_TIMER_SWEEP = 10_000;
/** Live task instances in memory; further runs stay queued. About 32 MB at 64 bytes, with room for the rest. */
export const MAX_LIVE_INSTANCE_COUNT = 400_000;
/** Skipped intervals are counted one by one up to here; a longer range is recorded without a count. */
export const MAX_COUNTED_SKIPS = 1_000;
/** How many runs ahead a calendar is told of. */
export const MAX_PLANNED_RUNS = 3_000;
/** Airflow's `max_task_retry_delay`. */
export const MAX_RETRY_DELAY_MS = 86_400_000;
/** Deliveries of callbacks: how often one is run, what it may take, and after how long a failed one comes again (then six times as long). */
export const MAX_CALLBACK_ATTEMPTS = 3;
export const CALLBACK_TIMEOUT_MS = 60_000;
export const CALLBACK_RETRY_MS = 10_000;
/** Messages of callbacks are sent again ever more slowly, up to this, and at most for a day. */
export const MAX_CALLBACK_RESEND_MS = 900_000;
export const CALLBACK_GIVE_UP_MS = 86_400_000;
/** Due callbacks and deadlines handled in one event; the rest follows at once. */
export const MAX_CALLBACKS_PER_EVENT = 100;
/** How many dates one backfill may have. */
export const MAX_BACKFILL_DATES = 100_000;
export const RETENTION_MS = 90 * 86_400_000;

/** What a deployment may set; `npm start` makes recovery faster, since its queue forgets everything at a restart. */
export interface EngineSettings {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly firstResendMs: number;
}

export const DEFAULT_SETTINGS: EngineSettings = {
  leaseMs: LEASE_MS,
  heartbeatMs: HEARTBEAT_MS,
  firstResendMs: FIRST_RESEND_MS,
};
