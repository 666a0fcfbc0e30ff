/** What a definition gets where its author says nothing. Durations are milliseconds; those of the engine are in `src/engine/defaults.ts`. */

export const DEFAULT_OWNER = "updraft";
export const DEFAULT_TIMEZONE = "UTC";
export const DEFAULT_MAX_ACTIVE_RUNS = 16;
export const DEFAULT_RETRIES = 0;
export const DEFAULT_RETRY_DELAY_MS = 300_000;
export const DEFAULT_POOL = "default_pool";
export const DEFAULT_POOL_SLOTS = 1;
export const DEFAULT_PRIORITY_WEIGHT = 1;
export const DEFAULT_TRIGGER_RULE = "all_success";
/** Items of one list that a task or a group is mapped over. */
export const DEFAULT_MAX_MAP_LENGTH = 1_024;
export const DEFAULT_EXECUTOR = "queue";

/** A consumer of Cloudflare Queues has 15 minutes of wall time; the rest is for claiming and reporting. */
export const QUEUE_MAX_EXECUTION_TIMEOUT_MS = 13 * 60_000;
