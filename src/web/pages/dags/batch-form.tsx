import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { paths } from "../../paths.ts";
import { type BatchAction, batchLabels } from "./batch-bar.tsx";

export interface BatchProps {
  readonly action: BatchAction;
  readonly dags: readonly { readonly dagId: string; readonly isPaused: boolean }[];
  /** More match than one batch takes. */
  readonly isCut: boolean;
  readonly next: string;
  readonly batchKey: string;
}

const SHOWN = 100;

/** Exactly what will change: those that are so already are left out. */
export function BatchForm({ action, dags, isCut, next, batchKey }: BatchProps) {
  const changing = dags.filter((dag) => isChanged(dag, action));
  if (changing.length === 0) {
    return (
      <EmptyState icon="inbox" title={dags.length === 0 ? "No DAG is selected" : "Nothing would change"}>
        {dags.length === 0 ? "Tick the rows that are meant, or all that match." : "All of them are so already."}
      </EmptyState>
    );
  }
  return (
    <ActionForm
      id={domId("dags", "batch", "form")}
      action={paths.dagBatch}
      submit={`${batchLabels[action]} ${counted(changing.length, "DAG")}`}
      backHref={next}
    >
      <input type="hidden" name="action" value={action} />
      <input type="hidden" name="next" value={next} />
      <input type="hidden" name="batch_key" value={batchKey} />
      {changing.map(({ dagId }) => (
        <input type="hidden" name="sel" value={dagId} />
      ))}
      <p>{explanations[action]}</p>
      <ul class="scroll-list" aria-label="What will change" tabindex={0}>
        {changing.slice(0, SHOWN).map(({ dagId }) => (
          <li>
            <a href={paths.dag(dagId)}>{dagId}</a>
          </li>
        ))}
        {changing.length > SHOWN && <li class="muted">and {changing.length - SHOWN} more</li>}
      </ul>
      {isCut && <p class="field-help">One batch takes these at most; repeat it for the others.</p>}
    </ActionForm>
  );
}

const explanations: Readonly<Record<BatchAction, string>> = {
  pause: "Nothing of them starts any more: what is triggered waits in the queue. What runs goes on.",
  unpause: "Their schedules go on from now.",
  trigger: "Each gets a run of its own, now, with its default params.",
};

export function isChanged(dag: { readonly isPaused: boolean }, action: BatchAction): boolean {
  return action === "trigger" || dag.isPaused !== (action === "pause");
}
