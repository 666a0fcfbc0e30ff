import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagVersionView } from "../../../catalog/sql/dag-versions.ts";
import type { DeadlineSpec } from "../../../dag/spec.ts";
import { readDisplay } from "../../display.ts";
import { counted, formatDuration } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { Docs } from "../../parts/docs.tsx";
import { Instant } from "../../parts/instant.tsx";
import { JsonTree } from "../../parts/json-tree.tsx";
import { Details, type Fact } from "../../parts/page-header.tsx";
import { Schedule } from "../../parts/schedule.tsx";
import { DagFrame } from "./dag-frame.tsx";

export function DetailsPage(props: {
  readonly shell: Shell;
  readonly dag: DagProjection;
  readonly version: DagVersionView | null;
}) {
  const { shell, dag, version } = props;
  const docs = version?.spec.docs ?? null;
  return (
    <DagFrame shell={shell} dag={dag} tab="details">
      {docs !== null && (
        <Card title="Documentation">
          <Docs text={docs} blocks={readDisplay(version?.display ?? null)?.docs} />
        </Card>
      )}
      <Card title="Definition">
        <Details facts={[...factsOfDag(dag), ...(version === null ? [] : factsOfVersion(version))]} />
      </Card>
    </DagFrame>
  );
}

function factsOfDag(dag: DagProjection): readonly Fact[] {
  return [
    { name: "DAG", value: <code>{dag.dagId}</code> },
    { name: "Description", value: dag.description ?? <span class="muted">–</span> },
    { name: "File", value: <code>{dag.filePath}</code> },
    { name: "Owner", value: dag.owner },
    { name: "Schedule", value: <Schedule text={dag.scheduleText} timezone={dag.timezone} /> },
    { name: "Next run after", value: <Instant at={dag.nextRunAfterAt} /> },
    { name: "Next logical date", value: <Instant at={dag.nextLogicalAt} /> },
    { name: "Max active runs", value: String(dag.maxActiveRuns) },
    { name: "Max active tasks per run", value: dag.maxActiveTasks === null ? "unlimited" : String(dag.maxActiveTasks) },
  ];
}

function catchupText({ catchup, catchupPolicy }: DagVersionView["spec"]): string {
  if (!catchup) return "no";
  if (catchupPolicy?.latestOnly === true) return "the latest only";
  const { windowMs } = catchupPolicy ?? {};
  return windowMs === undefined ? "yes" : `what is no older than ${formatDuration(windowMs)}`;
}

function deadlineText({ reference, intervalMs }: DeadlineSpec): string {
  const from = {
    queued_at: "after the run was queued",
    logical_date: "after the logical date",
    fixed: "after a fixed instant",
    average_runtime: "beyond the usual duration",
  } as const;
  return `${formatDuration(intervalMs)} ${from[reference.type]}`;
}

function factsOfVersion({ spec, versionNumber, bundleId, specHash, createdAt }: DagVersionView): readonly Fact[] {
  return [
    { name: "Start date", value: <Instant at={spec.startAt} /> },
    { name: "End date", value: <Instant at={spec.endAt} /> },
    { name: "Catch up", value: catchupText(spec) },
    { name: "Overlapping runs", value: spec.overlap === "skip" ? "skipped" : "queued" },
    { name: "Jitter", value: spec.jitterMs === undefined ? "none" : formatDuration(spec.jitterMs) },
    { name: "Run timeout", value: spec.dagRunTimeoutMs === null ? "none" : formatDuration(spec.dagRunTimeoutMs) },
    { name: "Fail fast", value: spec.failFast === true ? "the first failed task ends the run" : "no" },
    {
      name: "Pauses itself",
      value:
        spec.maxConsecutiveFailedDagRuns === undefined
          ? "never"
          : `after ${counted(spec.maxConsecutiveFailedDagRuns, "failed run")} in a row`,
    },
    { name: "Callbacks", value: (spec.callbacks ?? []).join(", ") || <span class="muted">none</span> },
    {
      name: "Deadlines",
      value: (spec.deadlines ?? []).map(deadlineText).join("; ") || <span class="muted">none</span>,
    },
    { name: "Paused on creation", value: spec.isPausedUponCreation ? "yes" : "no" },
    {
      name: "Params",
      value: spec.params === null ? <span class="muted">none</span> : <JsonTree value={spec.params} />,
    },
    { name: "Version", value: `v${versionNumber}` },
    { name: "Registered", value: <Instant at={createdAt} /> },
    { name: "Bundle", value: <code>{bundleId}</code> },
    { name: "Hash of the spec", value: <code>{specHash}</code> },
  ];
}
