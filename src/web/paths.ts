/** Every address of the dashboard, in one place. Ids are encoded here and nowhere else. */

const segment = encodeURIComponent;

export interface TaskInstanceAddress {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  readonly mapIndex?: number;
  readonly tryNumber?: number | undefined;
}

export const paths = {
  home: "/",
  dags: "/dags",
  importErrors: "/import-errors",
  jobs: "/jobs",
  auditLog: "/audit-log",
  login: "/login",
  logout: "/auth/logout",
  theme: "/preferences/theme",
  preferences: "/preferences",
  keyboard: "/keyboard",
  search: "/search",
  setup: "/setup",
  allRuns: "/runs",
  allTaskInstances: "/task-instances",
  backfills: "/backfills",
  xcoms: "/xcoms",
  pools: "/pools",
  newPool: "/pools/new",
  poolEditing: (name: string) => `/pools/editing${withQuery({ name })}`,
  poolDeletion: (name: string) => `/pools/deletion${withQuery({ name })}`,
  poolHolders: (name: string) => `/pools/holders${withQuery({ name })}`,
  limits: "/pools/limit",
  users: "/users",
  newUser: "/users/new",
  userState: "/users/state",
  userPassword: (userId: string) => `/users/password${withQuery({ user_id: userId })}`,
  userDeletion: (userId: string) => `/users/deletion${withQuery({ user_id: userId })}`,
  ownPassword: "/password",
  tokens: "/tokens",
  newToken: "/tokens/new",
  tokenRevocation: "/tokens/revocation",
  configuration: "/configuration",
  savedViews: "/saved-views",
  dagBatch: "/dag-batch",
  runBatch: "/run-batch",
  taskBatch: "/task-instance-batch",
  dag: (dagId: string) => `/dags/${segment(dagId)}`,
  dagTab: (dagId: string, tab: DagTabName) => `/dags/${segment(dagId)}/${tab}`,
  live: (dagId: string) => `/dags/${segment(dagId)}/live`,
  pauseState: (dagId: string) => `/dags/${segment(dagId)}/pause-state`,
  trigger: (dagId: string) => `/dags/${segment(dagId)}/trigger`,
  newBackfill: (dagId: string) => `/dags/${segment(dagId)}/backfills/new`,
  backfill: (dagId: string, id: number) => `/dags/${segment(dagId)}/backfills/${id}`,
  backfillAction: (dagId: string, id: number, action: "pause-state" | "cancellation") =>
    `/dags/${segment(dagId)}/backfills/${id}/${action}`,
  runs: (dagId: string) => `/dags/${segment(dagId)}/runs`,
  run: (dagId: string, runId: string) => `/dags/${segment(dagId)}/runs/${segment(runId)}`,
  callbackLog: (dagId: string, runId: string, callbackId: string, attempt?: number) =>
    `/dags/${segment(dagId)}/runs/${segment(runId)}/callbacks/${segment(callbackId)}${withQuery({ attempt })}`,
  runTab: (dagId: string, runId: string, tab: "comparison" | "events") =>
    `/dags/${segment(dagId)}/runs/${segment(runId)}/${tab}`,
  runAction: (dagId: string, runId: string, action: RunAction) =>
    `/dags/${segment(dagId)}/runs/${segment(runId)}/${action}`,
  task: (address: TaskInstanceAddress, tab: TaskPage = "") => {
    const { dagId, runId, taskId, mapIndex, tryNumber } = address;
    const query = withQuery({
      map_index: mapIndex === undefined || mapIndex < 0 ? null : mapIndex,
      try: tryNumber ?? null,
    });
    return `/dags/${segment(dagId)}/runs/${segment(runId)}/tasks/${segment(taskId)}${tab}${query}`;
  },
  taskAction: (address: TaskInstanceAddress, action: TaskAction) =>
    `/dags/${segment(address.dagId)}/runs/${segment(address.runId)}/tasks/${segment(address.taskId)}/${action}`,
} as const;

export type TaskPage = "" | "/xcom" | "/details" | "/log" | "/log/download" | "/instances" | "/events" | "/code";

export type DagTabName =
  | "graph"
  | "gantt"
  | "runs"
  | "backfills"
  | "tasks"
  | "calendar"
  | "durations"
  | "code"
  | "events"
  | "details";

export type RunAction = "clearing" | "cancellation" | "success" | "failure" | "deletion" | "note";

export type TaskAction = "clearing" | "marking";

/** `?a=1&b=x`, without what is null or empty. */
export function withQuery(query: Readonly<Record<string, string | number | null | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") parameters.set(name, String(value));
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}
