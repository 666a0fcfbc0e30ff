import type { DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { followChoice, PreviewButton } from "../../parts/selection-fields.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";
import { type RunBatchAction, runBatchWords } from "./run-batch.ts";

export interface ListedRun {
  readonly run: DagRunView;
  /** How many task instances would be cleared; null where that is not the question, or has no answer. */
  readonly clearedCount: number | null;
}

export interface RunBatchProps {
  readonly action: RunBatchAction;
  /** Those that were chosen: the form keeps them all, since another scope may change others of them. */
  readonly chosen: readonly DagRunView[];
  /** Those that would change. */
  readonly runs: readonly ListedRun[];
  readonly isCut: boolean;
  readonly scope: "failed" | "all";
  readonly next: string;
}

/** Exactly what will change: runs that are so already are left out. */
export function RunBatchForm(props: RunBatchProps) {
  const { action, runs, chosen } = props;
  if (chosen.length === 0 || (runs.length === 0 && action !== "clearing")) {
    return (
      <EmptyState icon="inbox" title={chosen.length === 0 ? "No run is selected" : "Nothing would change"}>
        {chosen.length === 0 ? "Tick the rows that are meant, or all that match." : "All of them are so already."}
      </EmptyState>
    );
  }
  const does = `${runBatchWords[action][0]} ${counted(runs.length, "run")}`;
  return (
    <ActionForm
      id={domId("runs", "batch", "form")}
      action={paths.runBatch}
      submit={does}
      isDanger={action === "deletion" || action === "cancellation" || action === "failure"}
      backHref={props.next}
      extra={action === "clearing" && <PreviewButton action={paths.runBatch} />}
    >
      <input type="hidden" name="action" value={action} />
      <input type="hidden" name="next" value={props.next} />
      {chosen.map((run) => (
        <input type="hidden" name="sel" value={`${run.dagId}/${run.runId}`} />
      ))}
      <p>{explanations[action]}</p>
      {action === "clearing" && <ScopeField scope={props.scope} />}
      {runs.length < chosen.length && (
        <p class="muted">{counted(chosen.length - runs.length, "run")} of those chosen would not change.</p>
      )}
      <ul class="scroll-list" aria-label="What will change" tabindex={0}>
        {runs.map(({ run, clearedCount }) => (
          <li>
            <StateBadge state={run.state} /> <a href={paths.run(run.dagId, run.runId)}>{run.runId}</a>{" "}
            <span class="muted">
              of {run.dagId}
              {clearedCount !== null && `: ${counted(clearedCount, "task instance")}`}
            </span>
          </li>
        ))}
      </ul>
      {props.isCut && <p class="field-help">One batch takes these at most; repeat it for the others.</p>}
    </ActionForm>
  );
}

function ScopeField({ scope }: { readonly scope: RunBatchProps["scope"] }) {
  const choices = { failed: "Only what failed", all: "All task instances" } as const;
  return (
    <fieldset class="field" aria-label="What to clear" {...followChoice(paths.runBatch)}>
      {(["failed", "all"] as const).map((value) => (
        <label class="checkbox">
          <input type="radio" id={domId("scope", value)} name="scope" value={value} checked={scope === value} />
          {choices[value]}
        </label>
      ))}
    </fieldset>
  );
}

const explanations: Readonly<Record<RunBatchAction, string>> = {
  clearing: "What is cleared runs again in its run, with the code that is deployed now. Past tries and logs stay.",
  cancellation: "Running tries are told to stop, what waits is not started, and the runs are marked failed.",
  success: "Nothing more is started in them, running tries are told to stop, and the runs count as successful.",
  failure: "The runs count as failed. Where one is live, its running tries are told to stop.",
  deletion: "The runs, their task instances, logs and XComs are removed. This cannot be undone.",
};
