/**
 * A thread beside the import of a DAG file, which may never give its own thread back. It ends the process when that has
 * used more processor time than a load can need, long before the limit of the parent's clock, so that an endless loop does
 * not hold up a build for half a minute; and when the parent is gone, which could not end it any more.
 */
import { workerData } from "node:worker_threads";

export interface WatchdogData {
  readonly parentPid: number;
}

/** A Worker has 1 s to start, with all of its DAGs; this machine may be slower, but not by so much. */
export const cpuLimitMs = 5_000;
/** What the process dies of, so that the parent knows why. */
export const cpuLimitSignal = "SIGXCPU";
const checkEveryMs = 100;

const { parentPid } = (workerData ?? {}) as Partial<WatchdogData>;
if (parentPid !== undefined) {
  setInterval(() => {
    const { user, system } = process.cpuUsage();
    if ((user + system) / 1_000 > cpuLimitMs) process.kill(process.pid, cpuLimitSignal);
    if (process.ppid !== parentPid) process.kill(process.pid, "SIGKILL");
  }, checkEveryMs);
}
