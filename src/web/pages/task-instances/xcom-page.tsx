import { domId } from "../../dom-id.ts";
import { formatBytes } from "../../format.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Age } from "../../parts/instant.tsx";
import { type XComShown, XComValueView } from "../../parts/xcom-value.tsx";
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
        props.entries.map((entry) => (
          <Card
            title={entry.key}
            id={domId("xcom", entry.key)}
            count={formatBytes(entry.bytes)}
            end={
              <span class="muted small">
                <Age at={entry.at} />
              </span>
            }
          >
            <div class="card-body" hx-ignore>
              <XComValueView shown={entry.shown} name={entry.key} />
            </div>
          </Card>
        ))
      )}
    </TaskFrame>
  );
}
