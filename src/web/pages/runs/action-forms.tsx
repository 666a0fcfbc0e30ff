import type { DagRunView, Reached } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { ReachedList } from "../../parts/reached-list.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths, type RunAction } from "../../paths.ts";

export interface RunActionProps {
  readonly run: DagRunView;
  /** How many task instances failed or were not run for that, for the clear form. */
  readonly failedCount: number;
  readonly taskInstanceCount: number;
  /** What clearing the failed ones would clear. */
  readonly failed: Reached | null;
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
  const { run, action } = props;
  return (
    <ActionForm
      id={domId("run-action", action)}
      action={paths.runAction(run.dagId, run.runId, action)}
      submit={submitLabels[action]}
      isDanger={action === "cancellation" || action === "failure" || action === "deletion"}
      backHref={paths.run(run.dagId, run.runId)}
      error={props.error}
    >
      <p>
        <code>{run.runId}</code> of <strong>{run.dagId}</strong> <StateBadge state={run.state} />
      </p>
      <Explanation {...props} />
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

function Explanation({
  run,
  action,
  failed,
  failedCount,
  taskInstanceCount,
}: RunActionProps & { readonly action: RunAction }) {
  switch (action) {
    case "clearing":
      return (
        <fieldset class="stack" aria-label="What to clear">
          <label class="checkbox">
            <input type="radio" name="scope" value="failed" checked={failedCount > 0} />
            Only what failed: {counted(failedCount, "task instance")}
          </label>
          <label class="checkbox">
            <input type="radio" name="scope" value="all" checked={failedCount === 0} />
            All of them: {counted(taskInstanceCount, "task instance")}
          </label>
          <label class="checkbox">
            <input type="checkbox" name="on_latest_version" value="true" />
            With the latest version of the DAG
          </label>
          <p class="field-help">
            Cleared task instances run again in this run, with the code that is deployed now. Without the tick the run
            keeps the tasks of version {run.versionNumber}. Past tries and logs stay.
          </p>
          {failed !== null && failed.total > 0 && <ReachedList reached={failed} verb="cleared with the first choice" />}
        </fieldset>
      );
    case "cancellation":
      return (
        <p class="muted">Running tries are told to stop, what waits is not started, and the run is marked failed.</p>
      );
    case "success":
      return (
        <p class="muted">Nothing more is started, running tries are told to stop, and the run counts as successful.</p>
      );
    case "failure":
      return <p class="muted">The run counts as failed. Its task instances keep their states.</p>;
    case "note":
      return (
        <label class="field">
          <span class="field-label">Note</span>
          <textarea class="input" name="note" rows={4} maxlength={MAX_NOTE}>
            {run.note ?? ""}
          </textarea>
          <span class="field-help">Shown with the run. Empty removes it.</span>
        </label>
      );
    case "deletion":
      return <p class="muted">The run, its task instances, logs and XComs are removed. This cannot be undone.</p>;
  }
}
