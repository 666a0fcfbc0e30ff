import type { DagRunView, Reached } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { ReachedList } from "../../parts/reached-list.tsx";
import { followChoice, PreviewButton } from "../../parts/selection-fields.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths, type RunAction } from "../../paths.ts";
import type { ClearChoice } from "./run-reached.ts";

export interface RunActionProps {
  readonly run: DagRunView;
  /** What would change; null where that is not the question, or has no answer. */
  readonly reached: Reached | null;
  /** What is chosen of a clear, and how much each scope would clear. */
  readonly clearing?: ClearChoice & { readonly counts: Readonly<Record<ClearChoice["scope"], number>> };
  readonly error?: string | undefined;
}

export const MAX_NOTE = 1_000;

export const RUN_ACTION_TITLES: Readonly<Record<RunAction, string>> = {
  clearing: "Clear task instances",
  cancellation: "Cancel the run",
  success: "Mark the run as successful",
  failure: "Mark the run as failed",
  note: "Note of the run",
  deletion: "Delete the run",
};

export function RunActionForm(props: RunActionProps & { readonly action: RunAction }) {
  const { run, action, reached } = props;
  const address = paths.runAction(run.dagId, run.runId, action);
  return (
    <ActionForm
      id={domId("run-action", action)}
      action={address}
      submit={submitLabels[action]}
      isDanger={action === "cancellation" || action === "failure" || action === "deletion"}
      backHref={paths.run(run.dagId, run.runId)}
      error={props.error}
      extra={action === "clearing" && <PreviewButton action={address} />}
    >
      <p>
        <code>{run.runId}</code> of <strong>{run.dagId}</strong> <StateBadge state={run.state} />
      </p>
      {action === "clearing" && props.clearing && <ClearFields address={address} run={run} {...props.clearing} />}
      {action === "note" && <NoteField note={run.note} />}
      {explanations[action] !== null && <p class="muted">{explanations[action]}</p>}
      {reached !== null && <ReachedList reached={reached} verb={verbs[action]} />}
    </ActionForm>
  );
}

const submitLabels: Readonly<Record<RunAction, string>> = {
  clearing: "Clear and run again",
  cancellation: "Cancel the run",
  success: "Mark success",
  failure: "Mark failed",
  note: "Keep the note",
  deletion: "Delete for ever",
};

const explanations: Readonly<Record<RunAction, string | null>> = {
  clearing: null,
  cancellation: "Running tries are told to stop, what waits is not started, and the run is marked failed.",
  success: "Nothing more is started, running tries are told to stop, and the run counts as successful.",
  failure: "The run counts as failed. What has ended in it keeps its state.",
  note: null,
  deletion: "The run, its task instances, logs and XComs are removed. This cannot be undone.",
};

const verbs: Readonly<Record<RunAction, string>> = {
  clearing: "cleared",
  cancellation: "stopped or skipped",
  success: "marked as successful",
  failure: "stopped or skipped",
  note: "changed",
  deletion: "removed",
};

function ClearFields(
  props: NonNullable<RunActionProps["clearing"]> & { readonly run: DagRunView; readonly address: string },
) {
  const { counts, run } = props;
  const labels = { failed: "Only what failed", all: "All of them" } as const;
  return (
    <fieldset class="stack" aria-label="What to clear" {...followChoice(props.address)}>
      {(["failed", "all"] as const).map((scope) => (
        <label class="checkbox">
          <input
            type="radio"
            id={domId("run-action", "scope", scope)}
            name="scope"
            value={scope}
            checked={props.scope === scope}
          />
          {labels[scope]}: {counted(counts[scope], "task instance")}
        </label>
      ))}
      <label class="checkbox">
        <input
          type="checkbox"
          id={domId("run-action", "latest-version")}
          name="on_latest_version"
          value="true"
          checked={props.onLatestVersion}
        />
        With the latest version of the DAG
      </label>
      <p class="field-help">
        Cleared task instances run again in this run, with the code that is deployed now. Without the tick the run keeps
        the tasks of version {run.versionNumber}. Past tries and logs stay.
      </p>
    </fieldset>
  );
}

function NoteField({ note }: { readonly note: string | null }) {
  return (
    <label class="field">
      <span class="field-label">Note</span>
      <textarea class="input" name="note" rows={4} maxlength={MAX_NOTE}>
        {note ?? ""}
      </textarea>
      <span class="field-help">Shown with the run. Empty removes it.</span>
    </label>
  );
}
