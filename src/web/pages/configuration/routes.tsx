import { SESSION_IDLE_MS, SESSION_LIFE_MS } from "../../../auth/authenticator.ts";
import { platformOf } from "../../../auth/context.ts";
import { PASSWORD_MAX_LENGTH, PASSWORD_MIN_LENGTH } from "../../../auth/password-check.ts";
import { Routes } from "../../../auth/routes.ts";
import { readAll } from "../../../catalog/port.ts";
import { SWEEP_AFTER_MS } from "../../../catalog/sweep-catalog.ts";
import {
  DEFAULT_EXECUTOR,
  DEFAULT_MAX_ACTIVE_RUNS,
  DEFAULT_MAX_MAP_LENGTH,
  DEFAULT_POOL,
  DEFAULT_RETRIES,
  DEFAULT_RETRY_DELAY_MS,
  DEFAULT_TIMEZONE,
  DEFAULT_TRIGGER_RULE,
  QUEUE_MAX_EXECUTION_TIMEOUT_MS,
} from "../../../dag/defaults.ts";
import {
  FIRST_RESEND_MS,
  HEARTBEAT_MS,
  LEASE_MS,
  LONG_DURATION_MS,
  MAX_LOSS_COUNT,
  MAX_RESEND_COUNT,
  MAX_UNCLAIMED_COUNT,
  RETENTION_MS,
} from "../../../engine/defaults.ts";
import { LOG_TRY_MAX_BYTES } from "../../../executor/log-lines.ts";
import { formatBytes, formatCount, formatDuration } from "../../format.ts";
import { NO_FACTS, pageFactsOf } from "../../page-facts.ts";
import { paths } from "../../paths.ts";
import { respond, shellOf } from "../../respond.tsx";
import { ConfigurationPage, type Section } from "./configuration-page.tsx";

export const configurationRoutes = new Routes("page");

configurationRoutes.get(paths.configuration, { permission: "user.admin" }, async (c) => {
  const platform = platformOf(c);
  const [[facts = NO_FACTS], { pools, parallelism }] = await Promise.all([
    readAll(platform.catalog, pageFactsOf(c, paths.configuration)),
    platform.limits.read(),
  ]);
  const deployment: Section = {
    title: "This deployment",
    facts: [
      { name: "Name", value: platform.instanceName },
      { name: "Version", value: platform.version },
      { name: "Pools", value: <a href={paths.pools}>{formatCount(pools.length)}</a> },
      {
        name: "Active task instances",
        value: parallelism === null ? "unlimited" : `at most ${formatCount(parallelism)}`,
      },
      { name: "Setup token", value: platform.secrets.setupToken() === null ? "not set" : "set" },
    ],
  };
  const page = () => (
    <ConfigurationPage shell={shellOf(c, facts.importErrorCount)} sections={[deployment, ...fixedSections]} />
  );
  return respond(c, { ptag: null, page, parts: {} });
});

const fixedSections: readonly Section[] = [
  {
    title: "What a DAG gets unless it says otherwise",
    facts: [
      { name: "Executor", value: DEFAULT_EXECUTOR },
      { name: "Pool", value: DEFAULT_POOL },
      { name: "Trigger rule", value: DEFAULT_TRIGGER_RULE },
      { name: "Retries", value: `${DEFAULT_RETRIES}, after ${formatDuration(DEFAULT_RETRY_DELAY_MS)}` },
      { name: "Active runs", value: `at most ${DEFAULT_MAX_ACTIVE_RUNS}` },
      { name: "Time zone", value: DEFAULT_TIMEZONE },
      { name: "Items to map over", value: `at most ${formatCount(DEFAULT_MAX_MAP_LENGTH)}` },
      { name: "Execution timeout in the queue", value: `at most ${formatDuration(QUEUE_MAX_EXECUTION_TIMEOUT_MS)}` },
    ],
  },
  {
    title: "Scheduling",
    facts: [
      { name: "Lease of a try", value: formatDuration(LEASE_MS) },
      { name: "Heartbeat", value: formatDuration(HEARTBEAT_MS) },
      { name: "First re-send", value: `after ${formatDuration(FIRST_RESEND_MS)} without a claim` },
      { name: "Re-sends before a try fails", value: String(MAX_RESEND_COUNT) },
      { name: "Lost grants within one try", value: `at most ${MAX_LOSS_COUNT}` },
      { name: "Unclaimed messages per DAG", value: `at most ${formatCount(MAX_UNCLAIMED_COUNT)}` },
      { name: "To the queue of long tasks", value: `above ${formatDuration(LONG_DURATION_MS)}` },
    ],
  },
  {
    title: "What is kept",
    facts: [
      { name: "Finished runs", value: formatDuration(RETENTION_MS) },
      { name: "Audit log", value: formatDuration(SWEEP_AFTER_MS.eventLog) },
      { name: "Ended tokens", value: formatDuration(SWEEP_AFTER_MS.apiTokens) },
      { name: "Jobs", value: formatDuration(SWEEP_AFTER_MS.jobs) },
      { name: "Log of one try", value: `at most ${formatBytes(LOG_TRY_MAX_BYTES)}` },
    ],
  },
  {
    title: "Access",
    facts: [
      { name: "A session lasts", value: formatDuration(SESSION_LIFE_MS) },
      { name: "and ends when idle for", value: formatDuration(SESSION_IDLE_MS) },
      { name: "Passwords", value: `${PASSWORD_MIN_LENGTH} to ${PASSWORD_MAX_LENGTH} characters` },
    ],
  },
];
