import { cron, dag, FailWithoutRetry, z } from "updraft";

interface Day {
  readonly date: string;
  readonly rainMm: number;
  readonly highC: number;
  readonly lowC: number;
  readonly sky: string;
}

interface MonthMean {
  readonly month: string;
  readonly dayCount: number;
  readonly highC: number;
  readonly lowC: number;
  /** Per year. */
  readonly rainMm: number;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const header = "date,precipitation,temp_max,temp_min,wind,weather";

export default dag(
  "seattle_weather",
  {
    schedule: cron("0 6 * * *", { timezone: "America/Los_Angeles" }),
    startDate: "2026-01-01",
    params: z.object({
      firstYear: z.int().min(2012).max(2015).default(2012).describe("The first year of the report"),
      lastYear: z.int().min(2012).max(2015).default(2015).describe("The last year of the report"),
    }),
    defaults: { retries: 2, retryDelay: "2s" },
    tags: ["example", "weather"],
    description: "Four years of daily weather in Seattle, as means per month with a chart",
    docs: `
Reads the daily weather of Seattle (NOAA, from the package \`vega-datasets\`), splits it by month, and reports mean
temperatures and rain. The chart is an SVG in the result of \`report\`.
`,
  },
  ({ task }) => {
    const days = task("extract", async ({ params, env, signal, log }) => {
      if (params.firstYear > params.lastYear) {
        throw new FailWithoutRetry(`firstYear ${params.firstYear} is after lastYear ${params.lastYear}`);
      }
      const url = new URL("/data/seattle-weather.csv", env.ORIGIN);
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`Cannot read ${url}: HTTP ${response.status}`);
      const all = parseDays(await response.text());
      const chosen = all.filter(({ date }) => isWithin(Number(date.slice(0, 4)), params.firstYear, params.lastYear));
      log.info("Read the weather", { url: url.pathname, dayCount: all.length, chosenCount: chosen.length });
      return chosen;
    });

    const byMonth = task("split_by_month", { inputs: { days } }, ({ days }) =>
      months.map((month, index) => ({
        month,
        days: days.filter(({ date }) => Number(date.slice(5, 7)) === index + 1),
      })),
    );

    const skies = task("count_skies", { inputs: { days } }, ({ days, log }) => {
      const counts: Record<string, number> = {};
      for (const { sky } of days) counts[sky] = (counts[sky] ?? 0) + 1;
      log.info("Counted the skies", counts);
      return counts;
    });

    const means = task("means", { inputs: { byMonth } }, ({ byMonth, params }): MonthMean[] => {
      const yearCount = params.lastYear - params.firstYear + 1;
      return byMonth.map(({ month, days }) => ({
        month,
        dayCount: days.length,
        highC: round(mean(days.map((day) => day.highC))),
        lowC: round(mean(days.map((day) => day.lowC))),
        rainMm: round(days.reduce((sum, day) => sum + day.rainMm, 0) / yearCount),
      }));
    });

    task("report", { inputs: { means, skies } }, ({ means, skies, params, log }) => {
      const warmest = most(means, (month) => month.highC);
      const wettest = most(means, (month) => month.rainMm);
      const title = `Seattle, ${params.firstYear}–${params.lastYear}`;
      log.info(`${title}: warmest in ${warmest.month} (${warmest.highC} °C), wettest in ${wettest.month}`);
      return { title, warmest: warmest.month, wettest: wettest.month, skies, means, svg: drawChart(title, means) };
    });
  },
);

function parseDays(csv: string): Day[] {
  const [first, ...lines] = csv.trim().split("\n");
  if (first?.trim() !== header)
    throw new FailWithoutRetry(`The columns have changed: expected ${header}, got ${first}`);
  return lines.map((line) => {
    const [date = "", rain, high, low, , sky = "unknown"] = line.trim().split(",");
    return { date, rainMm: Number(rain), highC: Number(high), lowC: Number(low), sky };
  });
}

/** Bars from the mean low to the mean high of each month. */
function drawChart(title: string, means: readonly MonthMean[]): string {
  const place = { left: 40, width: 40, bar: 24, zeroY: 200, perDegree: 6 };
  const bars = means.map(({ month, highC, lowC }, index) => {
    const x = place.left + index * place.width;
    const top = place.zeroY - highC * place.perDegree;
    const height = (highC - lowC) * place.perDegree;
    return [
      `<rect x="${x}" y="${round(top)}" width="${place.bar}" height="${round(height)}" rx="3" fill="#e76f51">`,
      `<title>${month}: ${lowC} to ${highC} °C</title></rect>`,
      `<text x="${x + place.bar / 2}" y="222" text-anchor="middle">${month}</text>`,
    ].join("");
  });
  const axis = `<line x1="30" y1="${place.zeroY}" x2="520" y2="${place.zeroY}" stroke="#888"/>`;
  const style = 'font-family="sans-serif" font-size="11"';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 530 232" ${style}><text x="30" y="20">${title}: mean low to mean high, °C</text>${axis}${bars.join("")}</svg>`;
}

function isWithin(value: number, first: number, last: number): boolean {
  return value >= first && value <= last;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function most<T>(items: readonly T[], measure: (item: T) => number): T {
  return items.reduce((best, item) => (measure(item) > measure(best) ? item : best));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
