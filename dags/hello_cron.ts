import { cron, dag } from "updraft";

export default dag(
  "hello_cron",
  {
    schedule: cron("* * * * *"),
    startDate: "2026-01-01",
    pausedOnCreation: true,
    tags: ["example"],
    description: "The smallest scheduled DAG: one run each minute, once it is unpaused",
  },
  ({ task }) => {
    task("hello", ({ run, log }) => {
      const minute = run.logicalAt?.toISOString().slice(11, 16) ?? "whenever you like";
      log.info(`Hello, it is ${minute} UTC`, { runType: run.runType });
      return { greeting: `Hello at ${minute}` };
    });
  },
);
