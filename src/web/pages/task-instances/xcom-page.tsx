import type { Child } from "hono/jsx";
import { domId } from "../../dom-id.ts";
import { formatBytes } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Age } from "../../parts/instant.tsx";
import { type XComShown, XComValueView } from "../../parts/xcom-value.tsx";
import { paths } from "../../paths.ts";
import type { TaskInput } from "./read.ts";
import { type TaskData, TaskFrame } from "./task-frame.tsx";

export interface XComEntry {
  readonly key: string;
  readonly at: number;
  readonly bytes: number;
  readonly shown: XComShown;
}

export function TaskXComPage(props: {
  readonly shell: Shell;
  readonly data: TaskData;
  readonly entries: readonly XComEntry[];
  readonly inputs: readonly TaskInput[];
  readonly ptag: string;
}) {
  return (
    <TaskFrame shell={props.shell} data={props.data} tab="/xcom" ptag={props.ptag}>
      {props.entries.length === 0 ? (
        <div class="card">
          <EmptyState title="No XCom">
            A task's returned value appears here as <code>return_value</code>, once it has succeeded.
          </EmptyState>
        </div>
      ) : (
        props.entries.map((entry) => <EntryCard id={domId("xcom", entry.key)} title={entry.key} entry={entry} />)
      )}
      {props.inputs.length > 0 && <h2>Inputs</h2>}
      {props.inputs.map((input) => (
        <InputCard data={props.data} input={input} />
      ))}
    </TaskFrame>
  );
}

function InputCard({ data, input }: { readonly data: TaskData; readonly input: TaskInput }) {
  const { dagId, runId } = data.current;
  const { name, taskId, entry } = input;
  const from = (
    <a class="small" href={paths.task({ dagId, runId, taskId }, "/xcom")}>
      from {taskId}
    </a>
  );
  const id = domId("input", name);
  if (entry !== null) return <EntryCard id={id} title={name} entry={entry} end={from} />;
  return (
    <Card title={name} id={id} end={from}>
      <p class="card-body muted">
        No single value: its task is mapped, or has not succeeded.{" "}
        <a href={paths.task({ dagId, runId, taskId }, "/instances")}>Its instances</a>
      </p>
    </Card>
  );
}

function EntryCard(props: {
  readonly id: string;
  readonly title: string;
  readonly entry: XComEntry;
  readonly end?: Child;
}) {
  const { entry } = props;
  return (
    <Card
      title={props.title}
      id={props.id}
      count={formatBytes(entry.bytes)}
      end={
        props.end ?? (
          <span class="muted small">
            <Age at={entry.at} />
          </span>
        )
      }
    >
      <div class="card-body" hx-ignore>
        <XComValueView shown={entry.shown} name={props.title} />
      </div>
    </Card>
  );
}
