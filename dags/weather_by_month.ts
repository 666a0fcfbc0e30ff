import { dag, itemsOf, type TaskContext, z, zip } from "updraft";

interface Day {
  readonly date: string;
  readonly rainMm: number;
  readonly highC: number;
  readonly lowC: number;
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export default dag(
  "weather_by_month",
  {
    params: z.object({ hotC: z.number().default(30).describe("From how many degrees a day counts as hot") }),
    defaults: { retries: 2, retryDelay: "2s" },
    tags: ["example", "weather", "mapping"],
    description:
      "Dynamic task mapping: one instance per month, per hot day and per year, and what they found brought together",
    docs: `
How many instances a task has is known only when it runs: it depends on what the task before it returned.

| Task | is mapped over |
|---|---|
| \`mean\` | the twelve months and their names side by side (\`zip\`), each instance with a name of its own |
| \`note_hot_day\` | the days that a filter leaves of all days |
| \`year.*\` | a group of two tasks per year, which wait for each other year by year |

\`report\` receives the results of all instances as a sequence that it reads as it goes.
`,
  },
  ({ task, group }) => {
    const days = task("read", readDays);

    const byMonth = task("split", { inputs: { days } }, ({ days }) =>
      monthNames.map((_, index) => days.filter(({ date }) => Number(date.slice(5, 7)) === index + 1)),
    );
    const means = task.map(
      "mean",
      { over: { month: zip([monthNames, byMonth]) }, name: ({ month: [name] }) => name, maxActiveTisPerDagrun: 6 },
      ({ month: [name, days] }) => ({ name, highC: mean(days.map((day) => day.highC)) }),
    );

    const hottest = task("hottest", { inputs: { days } }, ({ days }) =>
      [...days].sort((a, b) => b.highC - a.highC).slice(0, 20),
    );
    const hot = itemsOf(hottest).filter((day) => day.highC >= 34);
    const noted = task.map(
      "note_hot_day",
      { over: { day: hot }, name: ({ day }) => day.date },
      ({ day, params, log }) => {
        log.info(`${day.date} had ${day.highC} °C`, { above: round(day.highC - params.hotC) });
        return `${day.date}: ${day.highC} °C`;
      },
    );

    const years = task("years", { inputs: { days } }, ({ days }) => [
      ...new Set(days.map(({ date }) => date.slice(0, 4))),
    ]);
    const yearly = group.map("year", { over: { year: years }, label: "Year by year" }, ({ year }) => {
      const rain = task("rain", { inputs: { year, days } }, ({ year, days }) =>
        round(days.filter(({ date }) => date.startsWith(year)).reduce((sum, { rainMm }) => sum + rainMm, 0)),
      );
      return task("judge", { inputs: { year, rain } }, ({ year, rain }) => ({ year, rain, isWet: rain > 1_100 }));
    });

    task("report", { inputs: { means, noted, yearly: yearly.result } }, async ({ means, noted, yearly, log }) => {
      let warmest = { name: "", highC: Number.NEGATIVE_INFINITY };
      for await (const month of means) if (month.highC > warmest.highC) warmest = month;
      const wetYears = (await yearly.toArray()).filter(({ isWet }) => isWet).map(({ year }) => year);
      log.info("Brought together", { monthCount: means.length, hotDayCount: noted.length, yearCount: yearly.length });
      return { warmest, hotDays: await noted.toArray(), wetYears };
    });
  },
);

async function readDays({ env, signal, log }: Pick<TaskContext, "env" | "signal" | "log">): Promise<Day[]> {
  const url = new URL("/data/seattle-weather.csv", env.ORIGIN);
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`Cannot read ${url}: HTTP ${response.status}`);
  const [, ...lines] = (await response.text()).trim().split("\n");
  log.info("Read the weather", { dayCount: lines.length });
  return lines.map((line) => {
    const [date = "", rain, high, low] = line.split(",");
    return { date, rainMm: Number(rain), highC: Number(high), lowC: Number(low) };
  });
}

function mean(values: readonly number[]): number {
  return round(values.reduce((sum, value) => sum + value, 0) / values.length);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
