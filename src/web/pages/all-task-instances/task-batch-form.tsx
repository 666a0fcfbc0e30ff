import type { Reached, TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import type { BatchAction } from "../../parts/batch-bar.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { ReachedList } from "../../parts/reached-list.tsx";
import { NoteField, PreviewButton, SelectionFields } from "../../parts/selection-fields.tsx";
import { paths } from "../../paths.ts";

export const TASK_BATCH_ACTIONS = ["clearing", "success", "failed", "skipped"] as const;
export type TaskBatchAction = (typeof TASK_BATCH_ACTIONS)[number];

export const taskBatchButtons: readonly BatchAction[] = [
  { value: "clearing", label: "Clear", icon: "eraser" },
  { value: "success", label: "Mark success", icon: "check" },
  { value: "failed", label: "Mark failed", icon: "x" },
  { value: "skipped", label: "Mark skipped", icon: "skip-forward" },
];

export interface TaskBatchProps {
  readonly action: TaskBatchAction;
  readonly chosen: readonly TaskInstanceView[];
  readonly isCut: boolean;
  readonly downstream: boolean;
  readonly note: string;
  readonly reached: Reached;
  /** Why a part of it cannot be done. */
  readonly problems: readonly string[];
  readonly next: string;
}

export function TaskBatchForm(props: TaskBatchProps) {
  const { action, chosen, reached } = props;
  if (chosen.length === 0) {
    return (
      <EmptyState icon="inbox" title="No task instance is selected">
        Tick the rows that are meant, or all that match.
      </EmptyState>
    );
  }
  const isClear = action === "clearing";
  return (
    <ActionForm
      id={domId("task-instances", "batch", "form")}
      action={paths.taskBatch}
      submit={isClear ? "Clear and run again" : `Mark ${action}`}
      isDanger={action === "failed"}
      backHref={props.next}
      error={props.problems.length === 0 ? undefined : props.problems.slice(0, 3).join("; ")}
      extra={<PreviewButton action={paths.taskBatch} />}
    >
      <input type="hidden" name="action" value={action} />
      <input type="hidden" name="next" value={props.next} />
      {chosen.map(({ dagId, runId, taskId, mapIndex }) => (
        <input type="hidden" name="sel" value={`${dagId}/${runId}/${taskId}/${mapIndex}`} />
      ))}
      <SelectionFields
        choice={{ upstream: false, downstream: props.downstream, past: false, future: false, only_failed: false }}
        fields={["downstream"]}
        action={paths.taskBatch}
      />
      <p class="field-help">
        {isClear
          ? "What is cleared runs again in its run, with the code that is deployed now. Past tries and logs stay."
          : "Nothing is run for it, and running tries are told to stop. What failed behind it is cleared and runs again."}
      </p>
      <NoteField value={props.note} />
      <ReachedList reached={reached} verb={isClear ? "cleared" : `marked ${action}`} />
      {props.isCut && <p class="field-help">One batch takes these at most; repeat it for the others.</p>}
    </ActionForm>
  );
}
