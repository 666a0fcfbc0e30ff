import { dag, type Log, z } from "updraft";

interface Year {
  readonly year: number;
  /** Difference of the mean temperature of the globe from the mean of 1951 to 1980. */
  readonly anomalyC: number;
}

export default dag(
  "slow_steps",
  {
    params: z.object({
      pauseMs: z.int().min(0).max(5_000).default(250).describe("The pause after each year, in milliseconds"),
    }),
    defaults: { executionTimeout: "2 min" },
    tags: ["example", "climate"],
    description: "Walks through 144 years of temperatures slowly, to watch tasks and logs live",
    docs: `
Trigger it and follow a log while it grows: each task goes through its decades and pauses after each. A run takes about ten
seconds, longer with a greater \`pauseMs\`. Cancel it on the way: a task stops at once, because its pauses listen to \`signal\`.
`,
  },
  ({ task, group }) => {
    const years = task("read_temperatures", async ({ env, signal, log }): Promise<Year[]> => {
      const url = new URL("/data/global-temp.csv", env.ORIGIN);
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`Cannot read ${url}: HTTP ${response.status}`);
      const [, ...lines] = (await response.text()).trim().split("\n");
      log.info("Read the temperatures", { yearCount: lines.length });
      return lines.map((line) => {
        const [year, anomaly] = line.trim().split(",");
        return { year: Number(year), anomalyC: Number(anomaly) };
      });
    });

    const walks = group("walk", { label: "Year by year" }, () => {
      const walk = (taskId: string, from: number, to: number) =>
        task(taskId, { inputs: { years } }, async ({ years, params, xcom, signal, log }) => {
          const walked = years.filter(({ year }) => year >= from && year < to);
          const warmest = await walkSlowly(walked, { pauseMs: params.pauseMs, signal, log });
          xcom.push("warmest", warmest);
          return walked.length;
        });
      return {
        early: walk("until_1920", 1880, 1920),
        middle: walk("until_1970", 1920, 1970),
        late: walk("until_today", 1970, 2100),
      };
    });

    task("compare", { inputs: walks.result }, async ({ early, middle, late, xcom, log }) => {
      const warmest: Record<string, unknown> = {};
      for (const taskId of ["walk.until_1920", "walk.until_1970", "walk.until_today"]) {
        warmest[taskId] = await xcom.get(taskId, "warmest");
        log.info(`Warmest year of ${taskId}`, { warmest: warmest[taskId] });
      }
      return { yearCount: early + middle + late, warmest };
    });
  },
);

async function walkSlowly(
  years: readonly Year[],
  { pauseMs, signal, log }: { readonly pauseMs: number; readonly signal: AbortSignal; readonly log: Log },
): Promise<Year | null> {
  let warmest: Year | null = null;
  for (const [index, year] of years.entries()) {
    if (warmest === null || year.anomalyC > warmest.anomalyC) {
      warmest = year;
      log.info(`${year.year} is the warmest so far: ${signed(year.anomalyC)} °C`, {
        done: index + 1,
        of: years.length,
      });
    } else {
      log.debug(`${year.year}: ${signed(year.anomalyC)} °C`);
    }
    await pause(pauseMs, signal);
  }
  return warmest;
}

function signed(value: number): string {
  return value < 0 ? value.toFixed(2) : `+${value.toFixed(2)}`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
