import type { Child } from "hono/jsx";
import type { RunHead } from "../../../catalog/sql/run-pages.ts";
import type { DagRunView } from "../../../platform.ts";
import { formatDuration } from "../../format.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Elapsed, Instant } from "../../parts/instant.tsx";
import { Facts, PageHeader } from "../../parts/page-header.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { paths, withQuery } from "../../paths.ts";
import { RunActions } from "./run-actions.tsx";
import { expectedMs, runTitle } from "./run-data.ts";

export type RunTab = "tasks" | "comparison" | "events";

export function RunDocument(props: { readonly shell: Shell; readonly run: DagRunView; readonly children: Child }) {
  const { run } = props;
  return (
    <Page
      shell={props.shell}
      title={runTitle(run)}
      nav="dags"
      sheet="run"
      crumbs={[
        { label: "DAGs", href: paths.dags },
        { label: run.dagId, href: paths.dag(run.dagId) },
        { label: run.runId, href: null },
      ]}
    >
      {props.children}
    </Page>
  );
}

/** What the pages of one run share: its name and state, what can be done with it, its facts, its views. */
export function RunHeader({
  run,
  head,
  tab,
}: {
  readonly run: DagRunView;
  readonly head: RunHead | null;
  readonly tab: RunTab;
}) {
  const expected = expectedMs(head);
  return (
    <>
      <PageHeader
        title={run.runId}
        badges={
          <>
            <StateBadge state={run.state} />
            <Neighbours run={run} head={head} />
          </>
        }
        actions={<RunActions run={run} />}
      />
      <Facts
        facts={[
          { name: "Type", value: <RunType run={run} /> },
          { name: "Logical date", value: <Instant at={run.logicalAt} /> },
          { name: "Started", value: <Instant at={run.startAt} /> },
          { name: "Ended", value: <Instant at={run.endAt} /> },
          {
            name: "Duration",
            value: (
              <>
                <Elapsed from={run.startAt} to={run.endAt} />
                {expected !== null && <span class="muted">usually {formatDuration(expected)}</span>}
              </>
            ),
          },
          {
            name: "Version",
            value: (
              <a href={`${paths.dagTab(run.dagId, "code")}${withQuery({ version: run.versionNumber })}`}>
                v{run.versionNumber}
              </a>
            ),
          },
          ...(run.note === null
            ? []
            : [
                {
                  name: "Note",
                  value: (
                    <span class="clip" title={run.note}>
                      {run.note}
                    </span>
                  ),
                },
              ]),
        ]}
      />
      <Tabs label={`Views of ${run.runId}`} tabs={tabsOf(run, tab)} />
    </>
  );
}

function tabsOf({ dagId, runId }: DagRunView, tab: RunTab) {
  const ofDag = (name: "graph" | "gantt") => `${paths.dagTab(dagId, name)}${withQuery({ run: runId })}`;
  return [
    { label: "Tasks", href: paths.run(dagId, runId), isCurrent: tab === "tasks" },
    { label: "Graph", href: ofDag("graph"), isCurrent: false },
    { label: "Gantt", href: ofDag("gantt"), isCurrent: false },
    { label: "Compare", href: paths.runTab(dagId, runId, "comparison"), isCurrent: tab === "comparison" },
    { label: "Events", href: paths.runTab(dagId, runId, "events"), isCurrent: tab === "events" },
  ];
}

/** A run of a backfill leads to it. */
function RunType({ run }: { readonly run: DagRunView }) {
  const words = run.runType.replaceAll("_", " ");
  if (run.backfillId === null) return <span>{words}</span>;
  return <a href={paths.backfill(run.dagId, run.backfillId)}>{words}</a>;
}

/** The runs of the same DAG before and after this one. */
function Neighbours({ run, head }: { readonly run: DagRunView; readonly head: RunHead | null }) {
  const before = head?.before[0];
  const after = head?.after;
  return (
    <span class="neighbours">
      {before !== undefined && (
        <a
          class="button quiet small icon-only"
          href={paths.run(run.dagId, before.runId)}
          aria-label="Run before"
          title="Run before"
          data-previous
        >
          <Icon name="chevron-left" />
        </a>
      )}
      {after != null && (
        <a
          class="button quiet small icon-only"
          href={paths.run(run.dagId, after.runId)}
          aria-label="Run after"
          title="Run after"
          data-next
        >
          <Icon name="chevron-right" />
        </a>
      )}
    </span>
  );
}
