import type { Child } from "hono/jsx";
import type { Blocker, TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { indexText, tryText } from "../../format.ts";
import { live } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { Age, Elapsed, Instant } from "../../parts/instant.tsx";
import { Facts, PageHeader } from "../../parts/page-header.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { type Tab, Tabs } from "../../parts/tabs.tsx";
import { TaskActionLinks } from "../../parts/task-action-links.tsx";
import { paths } from "../../paths.ts";
import { isLiveState, stateSign } from "../../states.ts";
import { logSeen } from "./log-page.tsx";
import { TryLinks } from "./try-links.tsx";
import { WhyItStandsSo } from "./why.tsx";

export type TaskTab = "" | "/xcom" | "/details" | "/events" | "/code";

export interface TaskData {
  /** As it is now. */
  readonly current: TaskInstanceView;
  /** Every try so far, oldest first, the current one included. */
  readonly tries: readonly TaskInstanceView[];
  /** The one that is shown. */
  readonly shown: TaskInstanceView;
  /** The try that the address names; null follows the current one. */
  readonly wantedTry: number | null;
  readonly blockers: readonly Blocker[];
  readonly xcomCount: number;
}

export interface TaskFrameProps {
  readonly shell: Shell;
  readonly data: TaskData;
  readonly tab: TaskTab;
  readonly ptag: string;
  readonly children: Child;
}

export const TASK_HEADER = domId("task-instance", "header");

export function taskTitle({ current }: TaskData): string {
  return `${stateSign(current.state)} · ${nameOf(current)} · ${current.dagId}`;
}

/** What the pages of one task instance share. The header follows the state; the content below keeps its place. */
export function TaskFrame({ shell, data, tab, ptag, children }: TaskFrameProps) {
  const { dagId, runId, taskId, mapIndex } = data.current;
  return (
    <Page
      shell={shell}
      title={taskTitle(data)}
      nav="dags"
      sheet={tab === "" ? "log" : "code"}
      crumbs={[
        { label: "DAGs", href: paths.dags },
        { label: dagId, href: paths.dag(dagId) },
        { label: runId, href: paths.run(dagId, runId) },
        ...(mapIndex < 0 ? [] : [{ label: taskId, href: paths.task({ dagId, runId, taskId }, "/instances") }]),
        { label: mapIndex < 0 ? taskId : indexText(mapIndex, data.current.instanceName), href: null },
      ]}
    >
      <TaskHeader data={data} tab={tab} ptag={ptag} />
      <Tabs label={`Views of ${taskId}`} tabs={tabsOf(data, tab)} />
      {children}
    </Page>
  );
}

function tabsOf(data: TaskData, current: TaskTab): readonly Tab[] {
  const { dagId, runId, taskId, mapIndex } = data.current;
  const tab = (label: string, key: TaskTab) => ({
    label,
    href: paths.task({ dagId, runId, taskId, mapIndex }, key),
    isCurrent: key === current,
  });
  return [
    tab("Log", ""),
    { ...tab("XCom", "/xcom"), count: data.xcomCount },
    tab("Code", "/code"),
    tab("Events", "/events"),
    tab("Details", "/details"),
    ...(mapIndex < 0
      ? []
      : [{ label: "All instances", href: paths.task({ dagId, runId, taskId }, "/instances"), isCurrent: false }]),
  ];
}

export function TaskHeader({
  data,
  tab,
  ptag,
}: {
  readonly data: TaskData;
  readonly tab: TaskTab;
  readonly ptag: string;
}) {
  const { current, shown } = data;
  const url = liveUrl(data, tab);
  const isRunning = shown.state === "running";
  return (
    <div class="stack" id={TASK_HEADER} {...live(url, { isActive: isLiveState(current.state), ptag })}>
      <PageHeader
        title={nameOf(current)}
        badges={<StateBadge state={shown.state} />}
        actions={<TaskActionLinks instance={current} />}
      />
      <Facts
        facts={[
          { name: "Try", value: tryText(shown.tryNumber, current.maxTries) },
          { name: "Started", value: <Instant at={shown.startAt} /> },
          { name: "Ended", value: isRunning ? <span class="muted">–</span> : <Instant at={shown.endAt} /> },
          {
            name: "Duration",
            value: <Elapsed from={shown.startAt} to={isRunning ? null : (shown.endAt ?? shown.startAt)} />,
          },
          ...(current.state === "up_for_retry" ? [{ name: "Next try", value: <Age at={current.nextRetryAt} /> }] : []),
        ]}
      />
      <WhyItStandsSo shown={shown} blockers={shown.tryNumber === current.tryNumber ? data.blockers : []} />
      <TryLinks data={data} tab={tab} />
    </div>
  );
}

/** The log's page says which log it shows, so that the answer brings a new one when that is not it any more. */
function liveUrl(data: TaskData, tab: TaskTab): string {
  const url = paths.task(addressOf(data), tab);
  if (tab !== "") return url;
  return `${url}${url.includes("?") ? "&" : "?"}seen=${logSeen(data.shown)}`;
}

export function addressOf(data: TaskData) {
  const { dagId, runId, taskId, mapIndex } = data.current;
  return { dagId, runId, taskId, mapIndex, ...(data.wantedTry === null ? {} : { tryNumber: data.wantedTry }) };
}

function nameOf({ taskId, mapIndex, instanceName }: TaskInstanceView): string {
  return mapIndex < 0 ? taskId : `${taskId} ${indexText(mapIndex, instanceName)}`;
}
