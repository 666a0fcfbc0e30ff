/**
 * When a cron is due between two instants, by a way of its own: it reads the wall clock of the zone through `Intl` for each
 * minute of real time, and places by Airflow's rule what a change of the clocks leaves out or shows twice.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetAt(zone: string, at: number): number {
  const format =
    formats.get(zone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  formats.set(zone, format);
  return Date.parse(`${format.format(at).replace(" ", "T")}Z`) - at;
}

function valuesOf(field: string, most: number): readonly number[] {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [from, to = from] = range === "*" ? [0, most] : range.split("-").map(Number);
    for (let value = from ?? 0; value <= (to ?? 0); value += Number(step)) values.add(value);
  }
  return [...values];
}

/** Fixed hours count once a day, the second time if the clocks show them twice; any hour follows real time. */
export function cronTicks(expression: string, zone: string, fromAt: number, toAt: number): readonly number[] {
  const [minuteField = "*", hourField = "*"] = expression.split(" ");
  const minutes = valuesOf(minuteField, 59);
  const isEveryHour = hourField === "*";
  const hours = valuesOf(hourField, 23);
  const found = new Set<number>();
  for (let day = Math.floor(fromAt / DAY_MS) * DAY_MS - 2 * DAY_MS; day <= toAt + 2 * DAY_MS; day += DAY_MS) {
    const offsets = [...new Set([-2, -1, 0, 1, 2].map((days) => offsetAt(zone, day + days * DAY_MS)))];
    for (const hour of hours) {
      for (const minute of minutes) {
        const reading = day + hour * HOUR_MS + minute * MINUTE_MS;
        const shown = offsets.map((offset) => reading - offset).filter((at) => at + offsetAt(zone, at) === reading);
        // Left out by the clocks: the time before the change is carried on.
        const instants =
          shown.length > 0
            ? shown.sort((a, b) => a - b)
            : [reading - offsetAt(zone, reading - Math.max(...offsets) - HOUR_MS)];
        for (const at of isEveryHour ? instants : instants.slice(-1)) if (at > fromAt && at <= toAt) found.add(at);
      }
    }
  }
  return [...found].sort((a, b) => a - b);
}
