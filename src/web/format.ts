/** The one formatter of instants, durations and sizes. `public/js/clock.js` words ages as this file does. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** `2026-11-22 11:24:07 UTC`: absolute, with its zone, never in a reader's unnamed local time. */
export function formatInstant(at: number, zone = "UTC"): string {
  if (!isInstant(at)) return "invalid time";
  if (zone === "UTC") return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  const parts = partsIn(at, zone);
  return `${parts["year"]}-${parts["month"]}-${parts["day"]} ${parts["hour"]}:${parts["minute"]}:${parts["second"]} ${parts["timeZoneName"]}`;
}

/** `11:24:07.123`, for lines of a log whose day is known. */
export function formatClockTime(at: number, zone = "UTC"): string {
  if (!isInstant(at)) return "";
  if (zone === "UTC") return new Date(at).toISOString().slice(11, 23);
  const parts = partsIn(at, zone);
  return `${parts["hour"]}:${parts["minute"]}:${parts["second"]}.${new Date(at).toISOString().slice(20, 23)}`;
}

/** `11:24`, for a clock. */
export function formatHour(at: number, zone: string): string {
  return formatClockTime(at, zone).slice(0, 5);
}

/** `Los Angeles`: the city alone, where the whole name stands elsewhere. */
export function zoneCity(zone: string): string {
  return (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");
}

export function isoInstant(at: number): string {
  return isInstant(at) ? new Date(at).toISOString() : "";
}

const units = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** `3 min ago`, `in 2 h`. */
export function formatRelative(at: number, now: number): string {
  const seconds = Math.round(Math.abs(at - now) / 1000);
  const unit = units.find(([length]) => seconds >= length);
  if (unit === undefined) return "now";
  const text = `${Math.floor(seconds / unit[0])} ${unit[1]}`;
  return at > now ? `in ${text}` : `${text} ago`;
}

/** `350 ms`, `4.2 s`, `1m 12s`, `3h 05m`, `2d 4h`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return "0 ms";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${String(minutes % 60).padStart(2, "0")}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Which instance of a mapped task: its index, and what its author calls it. */
export function indexText(mapIndex: number, instanceName: string | null): string {
  return instanceName === null ? `[${mapIndex}]` : `[${mapIndex}] ${instanceName}`;
}

/** `2 of 3`; a try beyond the retries comes from a clear. */
export function tryText(tryNumber: number, maxTries: number): string {
  return tryNumber === 0 ? "–" : `${tryNumber} of ${Math.max(tryNumber, maxTries + 1)}`;
}

/** `1 run`, `3 runs`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

export function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** Instants outside of what a Date can hold come from damaged rows; a page must still render. */
function isInstant(at: number): boolean {
  return Math.abs(at) <= 8.64e15;
}

function partsIn(at: number, zone: string): Record<string, string> {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      timeZoneName: "short",
    });
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
}
