import type { Child } from "hono/jsx";
import type { TaskSpec } from "../../../dag/spec.ts";
import type { TaskInstanceView } from "../../../platform.ts";
import type { DocBlock } from "../../docs.ts";
import { counted, formatDuration } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { Docs } from "../../parts/docs.tsx";
import { Instant } from "../../parts/instant.tsx";
import { Details, type Fact } from "../../parts/page-header.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";
import { type TaskData, TaskFrame } from "./task-frame.tsx";

export interface TaskDetailsProps {
  readonly shell: Shell;
  readonly data: TaskData;
  /** As the run's version defines it; null when that version is not in the catalog. */
  readonly task: TaskSpec | null;
  /** The docs as the build has read them. */
  readonly blocks: readonly DocBlock[] | undefined;
  readonly ptag: string;
}

export function TaskDetailsPage({ shell, data, task, blocks, ptag }: TaskDetailsProps) {
  const docs = task?.docs ?? task?.description ?? null;
  return (
    <TaskFrame shell={shell} data={data} tab="/details" ptag={ptag}>
      {docs !== null && (
        <Card title="Documentation">
          <Docs text={docs} blocks={task?.docs == null ? undefined : blocks} />
        </Card>
      )}
      <div class="columns">
        <Card title={`Try ${data.shown.tryNumber}`}>
          <Details facts={factsOfTry(data)} />
        </Card>
        {task !== null && (
          <Card title="Definition">
            <Details facts={factsOfTask(data.current, task)} />
          </Card>
        )}
      </div>
    </TaskFrame>
  );
}

function factsOfTry({ shown, current }: TaskData): readonly Fact[] {
  return [
    { name: "State", value: <StateBadge state={shown.state} /> },
    { name: "Reason", value: shown.reason ?? <span class="muted">–</span> },
    { name: "Tries allowed", value: String(current.maxTries + 1) },
    { name: "Queued", value: <Instant at={shown.queuedAt} /> },
    { name: "Started", value: <Instant at={shown.startAt} /> },
    { name: "Ended", value: <Instant at={shown.endAt} /> },
    { name: "Next try", value: <Instant at={current.nextRetryAt} /> },
    { name: "Pool", value: `${shown.pool}, ${counted(shown.poolSlots, "slot")}` },
    { name: "Priority weight", value: String(shown.priorityWeight) },
    { name: "Executor", value: shown.queue === null ? shown.executor : `${shown.executor}, ${shown.queue}` },
    { name: "Bundle", value: shown.bundleId === null ? <span class="muted">–</span> : <code>{shown.bundleId}</code> },
    { name: "Token", value: <code>{shown.token}</code> },
  ];
}

function factsOfTask(run: Pick<TaskInstanceView, "dagId" | "runId">, task: TaskSpec): readonly Fact[] {
  const inputs = Object.entries(task.inputs);
  return [
    { name: "Trigger rule", value: <code>{task.triggerRule}</code> },
    {
      name: "Upstream",
      value: listOr(
        "none",
        task.upstream.map((taskId) => <TaskLink run={run} taskId={taskId} />),
      ),
    },
    {
      name: "Inputs",
      value: listOr(
        "none",
        inputs.map(([name, taskId]) => (
          <>
            {name} from <TaskLink run={run} taskId={taskId} />
          </>
        )),
      ),
    },
    {
      name: "Retries",
      value: task.retries === 0 ? "none" : `${task.retries}, after ${formatDuration(task.retryDelayMs)}`,
    },
    { name: "Backoff", value: task.retryExponentialBackoff > 1 ? `× ${task.retryExponentialBackoff} per try` : "none" },
    {
      name: "Execution timeout",
      value: task.executionTimeoutMs === null ? "none" : formatDuration(task.executionTimeoutMs),
    },
    { name: "Group", value: task.groupId ?? <span class="muted">–</span> },
    { name: "Owner", value: task.owner },
  ];
}

/** The same run's instance of another task. */
function TaskLink(props: { readonly run: Pick<TaskInstanceView, "dagId" | "runId">; readonly taskId: string }) {
  const { dagId, runId } = props.run;
  return <a href={paths.task({ dagId, runId, taskId: props.taskId })}>{props.taskId}</a>;
}

function listOr(none: string, parts: readonly Child[]): Child {
  if (parts.length === 0) return <span class="muted">{none}</span>;
  return parts.map((part, place) => (
    <>
      {place > 0 && ", "}
      {part}
    </>
  ));
}
