import { domId } from "../../dom-id.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { ReachedList } from "../../parts/reached-list.tsx";
import { followChoice, NoteField, PreviewButton, SelectionFields } from "../../parts/selection-fields.tsx";
import { paths } from "../../paths.ts";
import { type TaskActionProps, TaskInstanceLine } from "./clearing-form.tsx";

export const MARKS = ["success", "failed", "skipped"] as const;
export type MarkChoice = (typeof MARKS)[number];

export function TaskMarkingForm(props: TaskActionProps & { readonly mark: MarkChoice }) {
  const { instance, choice, mark, reached, error } = props;
  const action = paths.taskAction(instance, "marking");
  return (
    <ActionForm
      id={domId("task-instance", "marking")}
      action={action}
      submit={`Mark`}
      backHref={paths.task(instance)}
      error={error}
      extra={<PreviewButton action={action} />}
    >
      <TaskInstanceLine instance={instance} />
      <fieldset class="stack" aria-label="Mark it as" {...followChoice(action)}>
        {MARKS.map((state) => (
          <label class="checkbox">
            <input type="radio" id={domId("mark", state)} name="state" value={state} checked={state === mark} />
            {state}
          </label>
        ))}
      </fieldset>
      <SelectionFields choice={choice} fields={["upstream", "downstream", "past", "future"]} action={action} />
      <p class="field-help">
        Nothing is run for it, and running tries are told to stop. What failed behind it is cleared and runs again.
      </p>
      <NoteField value={props.note} />
      {reached !== null && <ReachedList reached={reached} verb={`marked ${mark}`} />}
    </ActionForm>
  );
}
