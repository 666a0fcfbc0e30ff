import { dag, every } from "updraft";

interface Row {
  readonly date: string;
  readonly delay: number;
}

const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

export default dag(
  "shared_pool",
  {
    schedule: every("1 day"),
    startDate: "2026-01-01",
    // Its tasks wait until somebody has made the pool.
    pausedOnCreation: true,
    defaults: { pool: "example_archive", retries: 1, retryDelay: "2s" },
    tags: ["example", "flights", "pools"],
    description: "Pools: an archive that answers few questions at once, shared by weight",
    docs: `
The tasks share the slots of the pool \`example_archive\` with every other DAG that names it. Make it first, with three slots:

\`\`\`
curl -X POST "$ORIGIN/api/v2/pools" -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"name": "example_archive", "slots": 3, "include_deferred": false}'
\`\`\`

- \`read\` takes all three slots, so that nothing else asks the archive meanwhile.
- \`weekday\` has seven instances; with a slot each, three of them run at once, and never more than two of one run.
- \`urgent\` weighs more than all of them: it gets the next free slot. Its weight is \`absolute\`, so what follows it adds nothing.
- \`report\` needs no archive, and so no slot of it.
`,
  },
  ({ task }) => {
    const flights = task("read", { poolSlots: 3 }, async ({ env, signal }) => {
      const url = new URL("/data/flights-10k.json", env.ORIGIN);
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`Cannot read ${url}: HTTP ${response.status}`);
      const rows: readonly Row[] = await response.json();
      return weekdays.map((weekday, day) => ({
        weekday,
        delays: rows.filter((row) => dayOf(row) === day).map(({ delay }) => delay),
      }));
    });

    const means = task.each(
      "weekday",
      { over: flights, name: ({ weekday }) => weekday, maxActiveTisPerDagrun: 2 },
      ({ weekday, delays }) => ({
        weekday,
        meanMin: round(delays.reduce((sum, delay) => sum + delay, 0) / delays.length),
      }),
    );
    const worst = task("urgent", { inputs: { flights }, priorityWeight: 100, weightRule: "absolute" }, ({ flights }) =>
      Math.max(...flights.flatMap(({ delays }) => delays)),
    );

    task("report", { inputs: { means, worst }, pool: "default_pool" }, async ({ means, worst, log }) => {
      const sorted = [...(await means.toArray())].sort((a, b) => b.meanMin - a.meanMin);
      for (const { weekday, meanMin } of sorted) log.info(`${weekday}: ${meanMin} min late on average`);
      return { worstMin: worst, worstDay: sorted[0]?.weekday };
    });
  },
);

function dayOf({ date }: Row): number {
  return new Date(`${date.replaceAll("/", "-").replace(" ", "T")}:00Z`).getUTCDay();
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
