import { dag, z } from "updraft";

interface Row {
  readonly delay: number;
  readonly origin: string;
}

export default dag(
  "airport_workspace",
  {
    params: z.object({
      failAt: z.enum(["nothing", "work", "tidying"]).default("nothing").describe("What fails, to see what follows"),
    }),
    defaults: { retries: 1, retryDelay: "2s" },
    tags: ["example", "flights", "setup"],
    description: "Setup and teardown: a workspace is opened, worked in, and closed again whatever happened",
    docs: `
\`open\` makes something that the tasks of its scope need, and \`close\` takes it away again: after a success, after a failure, and
when the run is cancelled. A task in the scope that is cleared brings both along.

- \`failAt: "work"\`: \`count_delays\` fails, \`close\` runs all the same, and the run fails.
- \`failAt: "tidying"\`: \`close\` fails; since it says \`onFailureFailDagRun\`, the run fails with it.
- \`announce\` waits for the group's work and not for its teardown.
`,
    onFailure: ({ run, reason, log }) => log.error(`${run.runId} failed`, { reason }),
  },
  ({ task, group }) => {
    const work = group("workspace", { label: "In the workspace" }, () => {
      const space = task.setup("open", ({ run, log }) => {
        log.info("Opened a workspace", { name: run.runId });
        return { name: `space-${run.runId}`, limit: 5 };
      });
      const rows = task("read_flights", { inputs: { space } }, async ({ space, env, signal, log }): Promise<Row[]> => {
        const url = new URL("/data/flights-10k.json", env.ORIGIN);
        const response = await fetch(url, { signal });
        if (!response.ok) throw new Error(`Cannot read ${url}: HTTP ${response.status}`);
        const rows: readonly Row[] = await response.json();
        log.info(`Read into ${space.name}`, { flightCount: rows.length });
        return rows.map(({ delay, origin }) => ({ delay, origin }));
      });
      const late = task(
        "count_delays",
        {
          inputs: { rows, space },
          retryPolicy: (error) => (error.message.includes("on purpose") ? "fail" : "retry"),
          onFailure: ({ task, error, log }) => log.error(`${task.taskId} gave up: ${error?.message}`),
        },
        ({ rows, space, params }) => {
          if (params.failAt === "work") throw new Error("Counting fails, on purpose");
          const counts = new Map<string, number>();
          for (const { origin, delay } of rows) if (delay > 15) counts.set(origin, (counts.get(origin) ?? 0) + 1);
          return [...counts].sort(([, a], [, b]) => b - a).slice(0, space.limit);
        },
      );
      task.teardown(
        "close",
        { setups: space, around: [rows, late], inputs: { space }, onFailureFailDagRun: true, retries: 0 },
        ({ space, params, log }) => {
          if (params.failAt === "tidying") throw new Error("Closing fails, on purpose");
          log.info(`Closed ${space?.name ?? "nothing"}`);
        },
      );
      return { late };
    });

    task("announce", { inputs: { late: work.result.late }, after: work }, ({ late, log }) => {
      for (const [airport, count] of late) log.info(`${airport}: ${count} flights were late`);
      return late[0]?.[0];
    });
  },
);
