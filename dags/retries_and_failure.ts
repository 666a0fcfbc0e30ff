import { dag, FailWithoutRetry, Skip } from "updraft";

export default dag(
  "retries_and_failure",
  {
    tags: ["example"],
    description:
      "Fails on purpose: retries, a failure, upstream_failed, skipped, and a clean-up that runs all the same",
    defaults: { retryDelay: "2s" },
    docs: `
Trigger it to see each way that a task can end.

| Task | ends as | because |
|---|---|---|
| \`third_time_lucky\` | success | its third try passes |
| \`always_fails\` | failed | both of its tries throw |
| \`never_reached\` | upstream_failed | what it waits for failed |
| \`gives_up\` | failed | \`FailWithoutRetry\` spends none of its five retries |
| \`nothing_to_do\`, \`skipped_too\` | skipped | \`Skip\`, and what follows it |
| \`clean_up\` | success | \`all_done\` runs whatever happened before |

The run fails, because two of its last tasks did not succeed.
`,
  },
  ({ task, chain }) => {
    const start = task("start", ({ log }) => log.info("Everything is about to go wrong, as planned"));

    const lucky = task("third_time_lucky", { after: start, retries: 2 }, ({ attempt, log }) => {
      if (attempt.tryNumber < 3) throw new Error(`Try ${attempt.tryNumber} of ${attempt.maxTries} fails on purpose`);
      log.info("The third try passes");
      return { tries: attempt.tryNumber };
    });

    const fails = task("always_fails", { after: start, retries: 1 }, ({ attempt, log }) => {
      log.warn("About to fail", { tryNumber: attempt.tryNumber });
      throw new Error("This task fails on purpose", { cause: new Error("It was asked to") });
    });
    const reached = task("never_reached", { inputs: { lucky }, after: fails }, ({ lucky }) => lucky.tries);

    const givesUp = task("gives_up", { after: start, retries: 5 }, () => {
      throw new FailWithoutRetry("Another try could not end better");
    });

    const nothing = task("nothing_to_do", () => {
      throw new Skip("There is nothing to do");
    });
    const skipped = task("skipped_too", () => "never returned");
    chain(start, nothing, skipped);

    task("clean_up", { after: [reached, givesUp, skipped], triggerRule: "all_done" }, ({ log }) => {
      log.info("Cleaning up, whatever happened");
    });
    task("report", { after: [reached, givesUp] }, () => "never returned");
  },
);
