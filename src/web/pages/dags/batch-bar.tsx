import { hx } from "../../hx.ts";
import { Icon } from "../../parts/icon.tsx";
import { paths } from "../../paths.ts";
import { BATCH_FORM } from "./dag-row.tsx";
import { type DagsQuery, pairsOf } from "./dags-query.ts";

export const BATCH_ACTIONS = ["pause", "unpause", "trigger"] as const;
export type BatchAction = (typeof BATCH_ACTIONS)[number];

export const batchLabels: Readonly<Record<BatchAction, string>> = {
  pause: "Pause",
  unpause: "Resume",
  trigger: "Trigger",
};
const batchIcons = { pause: "pause", unpause: "timer", trigger: "play" } as const;

/** What can be done with the rows that are ticked, or with all that match. Each button asks first. */
export function BatchBar({ query, countText }: { readonly query: DagsQuery; readonly countText: string }) {
  return (
    <form
      class="batch-bar"
      id={BATCH_FORM}
      method="get"
      action={paths.dagBatch}
      {...hx({ get: paths.dagBatch, target: "#dialog", swap: "innerHTML", trigger: "submit" })}
    >
      <span class="muted small" role="status">
        {countText}
        <span data-selected-count />
      </span>
      {pairsOf({ ...query, sort: "name" }).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <span class="batch-actions">
        <label class="checkbox small">
          <input type="checkbox" name="all" value="true" data-select />
          All that match
        </label>
        {BATCH_ACTIONS.map((action) => (
          <button type="submit" class="button small" name="action" value={action}>
            <Icon name={batchIcons[action]} />
            {batchLabels[action]}
          </button>
        ))}
      </span>
    </form>
  );
}
