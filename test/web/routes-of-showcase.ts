import { FAILED_RUN, LIVE_RUN, WEATHER } from "./showcase.ts";
import { WAREHOUSE, warehouseRunId } from "./showcase-graphs.ts";

const run = (id: string) => `/dags/${WEATHER}/runs/${encodeURIComponent(id)}`;

/** Every page of the dashboard, in the states that the showcase holds. */
export const pageAddresses: readonly string[] = [
  "/",
  "/dags",
  "/dags?q=weather&paused=no&state=running&tag=example",
  "/dags?q=nothing-is-called-this",
  `/dags/${WEATHER}`,
  "/dags/purge_pii",
  `/dags/${WAREHOUSE}/graph`,
  `/dags/${WAREHOUSE}/graph?groups=closed&dir=down&zoom=fit`,
  `/dags/${WAREHOUSE}/graph?focus=check_quality&depth=1&flip=marts&zoom=150`,
  `/dags/${WAREHOUSE}/graph?run=${encodeURIComponent(warehouseRunId(2))}`,
  "/dags/purge_pii/graph",
  `/dags/${WEATHER}/runs`,
  `/dags/${WEATHER}/runs?state=failed`,
  "/dags/purge_pii/runs",
  `/dags/${WEATHER}/tasks`,
  `/dags/${WEATHER}/code`,
  `/dags/${WEATHER}/code?version=1`,
  `/dags/${WEATHER}/details`,
  `/dags/${WEATHER}/trigger`,
  "/dags/purge_pii/trigger",
  run(LIVE_RUN),
  run(FAILED_RUN),
  `${run(LIVE_RUN)}/cancellation`,
  `${run(LIVE_RUN)}/success`,
  `${run(FAILED_RUN)}/clearing`,
  `${run(FAILED_RUN)}/deletion`,
  `${run(LIVE_RUN)}/tasks/means.summer`,
  `${run(LIVE_RUN)}/tasks/report.publish`,
  `${run(FAILED_RUN)}/tasks/report.table`,
  `${run(FAILED_RUN)}/tasks/report.table?try=1`,
  `${run(FAILED_RUN)}/tasks/report.table?level=warning`,
  `${run(FAILED_RUN)}/tasks/report.table/xcom`,
  `${run(FAILED_RUN)}/tasks/split_by_month/xcom`,
  `${run(FAILED_RUN)}/tasks/report.table/details`,
  `${run(FAILED_RUN)}/tasks/report.table/clearing`,
  `${run(FAILED_RUN)}/tasks/report.table/marking`,
  `${run(FAILED_RUN)}/tasks/report.table/marking?state=failed&asked=true&past=true`,
  `${run(FAILED_RUN)}/callbacks/2`,
  `${run(FAILED_RUN)}/callbacks/2?attempt=1`,
  "/import-errors",
  "/jobs",
  "/audit-log",
  "/login",
  "/login?error=invalid&next=%2Fdags",
];

export { run as runAddress };
