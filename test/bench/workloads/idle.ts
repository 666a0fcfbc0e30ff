import { setTimeout as sleep } from "node:timers/promises";
import { DUE_DAGS } from "../dags.ts";
import { round } from "../measure.ts";
import type { DeployedWorkload } from "../workload.ts";

const QUIET_MS = 120_000;
/** What the first start of a thousand objects leaves to be done. */
const SETTLE_MS = 75_000;

/** W7: a thousand DAGs of which none is due. Locally nobody fires the cron trigger, so the watchdog is apart. */
export const idle: DeployedWorkload = {
  name: "W7",
  title: "1,000 DAGs, nothing due for 2 minutes",
  deployment: "idle",
  isOnce: true,
  measure: async ({ updraft }) => {
    await sleep(SETTLE_MS);
    await updraft.takeCounts();
    const before = updraft.cpuMs();
    await sleep(QUIET_MS);
    const cpuMs = updraft.cpuMs() - before;
    const counts = await updraft.takeCounts();
    const rows = counts.objectRowsRead + counts.objectRowsWritten + counts.catalogRowsRead + counts.catalogRowsWritten;
    return {
      n: DUE_DAGS,
      ms: QUIET_MS,
      notes: `${rows} rows read or written, ${counts.alarms} wake-ups, ${counts.queueMessages} messages, ${round(cpuMs, 0)} ms of processor for all processes`,
    };
  },
};
