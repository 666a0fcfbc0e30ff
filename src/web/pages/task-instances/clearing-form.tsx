import type { Reached, TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { ReachedList } from "../../parts/reached-list.tsx";
import {
  followChoice,
  NoteField,
  PreviewButton,
  SELECTION_FIELDS,
  type SelectionChoice,
  SelectionFields,
} from "../../parts/selection-fields.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";

export interface TaskActionProps {
  readonly instance: TaskInstanceView;
  readonly choice: SelectionChoice;
  readonly note: string;
  /** Null while the question cannot be answered: the error says why. */
  readonly reached: Reached | null;
  readonly error?: string | undefined;
}

export function TaskClearingForm(props: TaskActionProps & { readonly isOnLatest: boolean }) {
  const { instance, choice, reached, error } = props;
  const action = paths.taskAction(instance, "clearing");
  return (
    <ActionForm
      id={domId("task-instance", "clearing")}
      action={action}
      submit="Clear and run again"
      backHref={paths.task(instance)}
      error={error}
      extra={<PreviewButton action={action} />}
    >
      <TaskInstanceLine instance={instance} />
      <SelectionFields choice={choice} fields={SELECTION_FIELDS} action={action} />
      <LatestVersionField isChecked={props.isOnLatest} action={action} />
      <p class="field-help">
        What is cleared runs again in the same run, with the code that is deployed now. Past tries and their logs stay.
        Setups and teardowns come along with the tasks that need them.
      </p>
      <NoteField value={props.note} />
      {reached !== null && <ReachedList reached={reached} verb="cleared" />}
    </ActionForm>
  );
}

export function TaskInstanceLine({ instance }: { readonly instance: TaskInstanceView }) {
  const { taskId, mapIndex, runId } = instance;
  return (
    <p>
      <input type="hidden" name="map_index" value={String(mapIndex)} />
      <strong>
        {taskId}
        {mapIndex >= 0 && ` [${mapIndex}]`}
      </strong>{" "}
      in <code>{runId}</code> <StateBadge state={instance.state} />
    </p>
  );
}

/** The tasks of the run change with its version, and so does what would be cleared. */
function LatestVersionField(props: { readonly isChecked: boolean; readonly action: string }) {
  return (
    <label class="checkbox" {...followChoice(props.action)}>
      <input
        type="checkbox"
        id={domId("take", "latest-version")}
        name="on_latest_version"
        value="true"
        checked={props.isChecked}
      />
      The whole run goes over to the latest version of the DAG first
    </label>
  );
}
