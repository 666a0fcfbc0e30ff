import type { TaskSelection } from "../../platform.ts";
import { domId } from "../dom-id.ts";
import { hx } from "../hx.ts";

export const SELECTION_FIELDS = ["upstream", "downstream", "past", "future", "only_failed"] as const;
export type SelectionField = (typeof SELECTION_FIELDS)[number];
export type SelectionChoice = Readonly<Record<SelectionField, boolean>>;

const labels: Readonly<Record<SelectionField, string>> = {
  upstream: "Also everything upstream of it",
  downstream: "Also everything downstream of it",
  past: "Also in the runs of earlier logical dates",
  future: "Also in the runs of later logical dates",
  only_failed: "Only what failed, or did not run for a failure",
};

/** What an action takes along. `asked` tells a form that came back without a tick from one that was never seen. */
export function SelectionFields(props: {
  readonly choice: SelectionChoice;
  readonly fields: readonly SelectionField[];
  /** Where the same form comes from with the list of what would change. */
  readonly action: string;
}) {
  return (
    <fieldset class="stack" aria-label="What to take along" {...followChoice(props.action)}>
      <input type="hidden" name="asked" value="true" />
      {props.fields.map((field) => (
        <label class="checkbox">
          <input type="checkbox" id={domId("take", field)} name={field} value="true" checked={props.choice[field]} />
          {labels[field]}
        </label>
      ))}
    </fieldset>
  );
}

/** The list follows each tick: the form asks for itself, and the place in it is kept by the ids. */
export function followChoice(action: string): Record<string, string> {
  return hx({
    get: action,
    trigger: "change",
    target: "closest form",
    swap: "outerHTML",
    include: "closest form",
    sync: "closest form:replace",
  });
}

/** Beside what is done, why: shown with each task instance. */
export function NoteField({ value }: { readonly value: string }) {
  const id = domId("take", "note");
  return (
    <div class="field">
      <label class="field-label" for={id}>
        Note <span class="field-type">why, for those who look later</span>
      </label>
      <input class="input" id={id} name="note" value={value} maxlength={1_000} autocomplete="off" />
    </div>
  );
}

/** Without scripts too the list follows the ticks: the same form, sent as a question. */
export function PreviewButton({ action }: { readonly action: string }) {
  return (
    <button type="submit" class="button only-without-script" formmethod="get" formaction={action}>
      Show what would change
    </button>
  );
}

export function selectionOf(
  id: { readonly runId: string; readonly taskId: string; readonly mapIndex: number },
  choice: SelectionChoice,
): TaskSelection {
  return {
    runId: id.runId,
    fromAt: null,
    toAt: null,
    tasks: [id.mapIndex < 0 ? id.taskId : [id.taskId, id.mapIndex]],
    upstream: choice.upstream,
    downstream: choice.downstream,
    past: choice.past,
    future: choice.future,
    only: choice.only_failed ? "failed" : null,
  };
}
