import { cron, dag } from "updraft";

interface Flight {
  /** Hour of the day, 0 to 23. */
  readonly hour: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  readonly delayMin: number;
  readonly miles: number;
  readonly origin: string;
}

interface Summary {
  readonly name: string;
  readonly flightCount: number;
  readonly meanDelayMin: number;
  /** More than a quarter of an hour late. */
  readonly lateShare: number;
}

interface Row {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
}

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

export default dag(
  "flight_delays",
  {
    schedule: cron("30 7 * * MON", { timezone: "America/Chicago", dataInterval: true }),
    startDate: "2026-01-01",
    defaults: { retries: 2, retryDelay: "5s" },
    maxActiveRuns: 1,
    tags: ["example", "flights"],
    description: "10,000 flights of early 2001, looked at from seven sides at once and brought together again",
    docs: `
One task reads the flights, seven in two groups look at them side by side, and one brings the results together: a fan-out and
a fan-in. The flights are a sample of the on-time statistics of the US, from the package \`vega-datasets\`.
`,
  },
  ({ task, group }) => {
    const flights = task("read_flights", async ({ env, signal, log }): Promise<Flight[]> => {
      const url = new URL("/data/flights-10k.json", env.ORIGIN);
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`Cannot read ${url}: HTTP ${response.status}`);
      const rows: readonly Row[] = await response.json();
      log.info("Read the flights", { flightCount: rows.length, from: rows[0]?.date, to: rows.at(-1)?.date });
      return rows.map(readRow);
    });

    const airports = group("airports", { label: "Busiest airports" }, () => {
      const from = (code: string) =>
        task(code.toLowerCase(), { inputs: { flights }, description: `Flights from ${code}` }, ({ flights }) =>
          summarise(
            code,
            flights.filter(({ origin }) => origin === code),
          ),
        );
      return { dfw: from("DFW"), ord: from("ORD"), atl: from("ATL"), lax: from("LAX") };
    });

    const patterns = group("patterns", { label: "Patterns" }, () => ({
      hours: task("by_hour", { inputs: { flights } }, ({ flights }) =>
        [...Array(24).keys()].map((hour) =>
          summarise(
            `${hour}:00`,
            flights.filter((flight) => flight.hour === hour),
          ),
        ),
      ),
      days: task("by_weekday", { inputs: { flights } }, ({ flights }) =>
        weekdays.map((name, day) =>
          summarise(
            name,
            flights.filter(({ weekday }) => weekday === day),
          ),
        ),
      ),
      distances: task("by_distance", { inputs: { flights } }, ({ flights }) => [
        summarise(
          "up to 500 miles",
          flights.filter(({ miles }) => miles <= 500),
        ),
        summarise(
          "up to 1,000 miles",
          flights.filter(({ miles }) => miles > 500 && miles <= 1_000),
        ),
        summarise(
          "farther",
          flights.filter(({ miles }) => miles > 1_000),
        ),
      ]),
    }));

    task(
      "bring_together",
      { inputs: { ...airports.result, ...patterns.result }, description: "Waits for all of them" },
      ({ dfw, ord, atl, lax, hours, days, distances, log }) => {
        const ranking = [dfw, ord, atl, lax].sort((a, b) => a.meanDelayMin - b.meanDelayMin);
        for (const { name, meanDelayMin } of ranking) log.info(`${name} is ${meanDelayMin} min late on average`);
        // A handful of flights in an hour of the night says nothing about the hour.
        const flownHours = hours.filter(({ flightCount }) => flightCount >= 100);
        return { airports: ranking, worstHour: worst(flownHours), worstDay: worst(days), distances };
      },
    );
  },
);

function readRow({ date, delay, distance, origin }: Row): Flight {
  // "2001/01/01 06:55", local time at the airport; read as UTC it keeps its weekday and hour.
  const at = new Date(`${date.replaceAll("/", "-").replace(" ", "T")}Z`);
  return { hour: at.getUTCHours(), weekday: at.getUTCDay(), delayMin: delay, miles: distance, origin };
}

function summarise(name: string, flights: readonly Flight[]): Summary {
  const flightCount = flights.length;
  if (flightCount === 0) return { name, flightCount, meanDelayMin: 0, lateShare: 0 };
  const total = flights.reduce((sum, { delayMin }) => sum + delayMin, 0);
  const lateCount = flights.filter(({ delayMin }) => delayMin > 15).length;
  return {
    name,
    flightCount,
    meanDelayMin: Math.round((total / flightCount) * 10) / 10,
    lateShare: Math.round((lateCount / flightCount) * 1_000) / 1_000,
  };
}

function worst(summaries: readonly Summary[]): Summary | undefined {
  return [...summaries].sort((a, b) => b.meanDelayMin - a.meanDelayMin)[0];
}
