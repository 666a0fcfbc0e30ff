/** Pages in the states that the showcase does not hold: nothing there yet, and refusals. */
export const emptyAddresses: readonly string[] = [
  "/",
  "/dags",
  "/runs",
  "/task-instances",
  "/backfills",
  "/xcoms",
  "/pools",
  "/jobs",
  "/audit-log",
  "/import-errors",
  "/tokens",
  "/users",
];

export const errorAddresses: readonly string[] = [
  "/dags/no_such_dag",
  "/no/such/page",
  "/dags/seattle_weather/runs/no_such_run",
  "/pools/editing?name=nothing",
  "/dags/seattle_weather/backfills/1",
];
