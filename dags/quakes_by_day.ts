import { cron, dag, Skip } from "updraft";

interface Feed {
  readonly features: readonly {
    readonly properties: { readonly mag: number | null; readonly place: string; readonly time: number };
  }[];
}

export default dag(
  "quakes_by_day",
  {
    schedule: cron("@daily", { dataInterval: true }),
    startDate: "2018-01-31",
    endDate: "2018-02-06",
    catchup: true,
    maxActiveRuns: 3,
    // Seven runs of the past begin as soon as it is unpaused.
    pausedOnCreation: true,
    defaults: { retries: 2, retryDelay: "2s" },
    tags: ["example", "earthquakes", "data intervals"],
    description:
      "Data intervals: each run counts the earthquakes of the day it stands for, and the days follow each other",
    docs: `
A run covers the day from \`interval.startAt\` up to \`interval.endAt\`, however late it runs; its logical date is the start. Unpause
the DAG, and catch-up makes the runs of the week in the data. Clearing a run counts the same day again, never another one.

- \`keep_in_order\` waits until the same task is done for the day before (\`dependsOnPast\`), also when days are read side by side.
- Triggered by hand it covers the day before the trigger, of which there are no data, so \`count\` skips.
`,
    deadlines: [
      {
        from: "queued_at",
        after: "1h",
        callback: ({ run, log }) => log.warn(`${run.runId} takes longer than an hour`),
      },
    ],
  },
  ({ task }) => {
    const quakes = task("read", async ({ interval, env, signal, log }) => {
      if (interval === null) throw new Skip("this run covers no day");
      const url = new URL("/data/earthquakes.json", env.ORIGIN);
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`Cannot read ${url}: HTTP ${response.status}`);
      const { features }: Feed = await response.json();
      const [from, to] = [interval.startAt.getTime(), interval.endAt.getTime()];
      // From the start up to, and not including, the end: so no quake is counted twice, and none is left out.
      const ofDay = features.map(({ properties }) => properties).filter(({ time }) => time >= from && time < to);
      log.info("Read the day", { from: interval.startAt.toISOString(), quakeCount: ofDay.length });
      return ofDay.map(({ mag, place }) => ({ magnitude: mag ?? 0, place }));
    });

    const count = task("count", { inputs: { quakes } }, ({ quakes, interval }) => {
      if (quakes.length === 0) throw new Skip(`no data for ${interval?.startAt.toISOString().slice(0, 10)}`);
      const strongest = quakes.reduce((most, quake) => (quake.magnitude > most.magnitude ? quake : most));
      return { day: interval?.startAt.toISOString().slice(0, 10) ?? "", quakeCount: quakes.length, strongest };
    });

    task("keep_in_order", { inputs: { count }, dependsOnPast: true }, ({ count, log }) => {
      log.info(`${count.day}: ${count.quakeCount} earthquakes, the strongest M ${count.strongest.magnitude}`);
      return count.day;
    });
  },
);
