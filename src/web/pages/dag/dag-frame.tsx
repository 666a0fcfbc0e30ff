import type { Child } from "hono/jsx";
import type { DagProjection } from "../../../catalog/projection.ts";
import { domId } from "../../dom-id.ts";
import type { ViewSheet } from "../../layout/document.tsx";
import { Page, type Shell } from "../../layout/page.tsx";
import { Banner } from "../../parts/banner.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Age } from "../../parts/instant.tsx";
import { type Fact, PageHeader } from "../../parts/page-header.tsx";
import { PauseSwitch } from "../../parts/pause-switch.tsx";
import { Schedule } from "../../parts/schedule.tsx";
import { type Tab, Tabs } from "../../parts/tabs.tsx";
import { TriggerButton } from "../../parts/trigger-button.tsx";
import { type DagTabName, paths, withQuery } from "../../paths.ts";

export type DagTab = "grid" | DagTabName;

export interface DagFrameProps {
  readonly shell: Shell;
  readonly dag: DagProjection;
  readonly tab: DagTab;
  readonly children: Child;
}

/** What the pages of one DAG share: its name, its facts, what can be done with it, its tabs. */
export function DagFrame({ shell, dag, tab, children }: DagFrameProps) {
  return (
    <Page
      shell={shell}
      title={`${labels[tab]} · ${dag.dagId}`}
      nav="dags"
      sheet={sheets[tab]}
      crumbs={[
        { label: "DAGs", href: paths.dags },
        { label: dag.dagId, href: null },
      ]}
    >
      <PageHeader
        title={dag.dagId}
        badges={<DagBadges dag={dag} />}
        actions={
          <>
            <PauseSwitch dagId={dag.dagId} isPaused={dag.isPaused} isLabelled />
            <TriggerButton dagId={dag.dagId} />
          </>
        }
        description={dag.description}
        facts={factsOf(dag)}
      />
      {dag.hasImportError && (
        <Banner
          tone="danger"
          id={domId("dag", "import-error")}
          title={`${dag.filePath} cannot be imported`}
          icon="file-warning"
          action={
            <a class="button small" href={paths.importErrors}>
              Show the error
            </a>
          }
        >
          Version {dag.versionNumber}, the last that worked, stays. No scheduled runs start until the file imports
          again.
        </Banner>
      )}
      <Tabs label={`Views of ${dag.dagId}`} tabs={tabsOf(dag.dagId, tab)} />
      {children}
    </Page>
  );
}

function DagBadges({ dag }: { readonly dag: DagProjection }) {
  return (
    <>
      {dag.isRetired && (
        <span
          class="badge state-removed"
          title="Its file is not in the bundle any more: live runs end, nothing new starts"
        >
          <Icon name="ban" />
          not in the bundle
        </span>
      )}
      <span class="chips">
        {dag.tags.map((tag) => (
          <a class="chip" href={`${paths.dags}${withQuery({ tag })}`}>
            {tag}
          </a>
        ))}
      </span>
    </>
  );
}

function factsOf(dag: DagProjection): readonly Fact[] {
  return [
    { name: "Schedule", value: <Schedule text={dag.scheduleText} timezone={dag.timezone} /> },
    { name: "Next run", value: dag.isPaused ? <span class="muted">paused</span> : <Age at={dag.nextRunAfterAt} /> },
    { name: "Owner", value: dag.owner },
    { name: "Active runs", value: `at most ${dag.maxActiveRuns}` },
    { name: "Version", value: <a href={paths.dagTab(dag.dagId, "code")}>v{dag.versionNumber}</a> },
  ];
}

const sheets: Readonly<Partial<Record<DagTab, ViewSheet>>> = {
  grid: "grid",
  graph: "graph",
  gantt: "time",
  runs: "batches",
  calendar: "time",
  backfills: "backfills",
  durations: "time",
  code: "code",
  details: "code",
};

/** In the order of the tabs. */
const labels: Readonly<Record<DagTab, string>> = {
  grid: "Grid",
  graph: "Graph",
  gantt: "Gantt",
  runs: "Runs",
  backfills: "Backfills",
  tasks: "Tasks",
  calendar: "Calendar",
  durations: "Durations",
  code: "Code",
  events: "Events",
  details: "Details",
};

function tabsOf(dagId: string, current: DagTab): readonly Tab[] {
  return (Object.keys(labels) as DagTab[]).map((tab) => ({
    label: labels[tab],
    href: tab === "grid" ? paths.dag(dagId) : paths.dagTab(dagId, tab),
    isCurrent: current === tab,
  }));
}
