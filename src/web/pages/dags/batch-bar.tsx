import { BatchBar } from "../../parts/batch-bar.tsx";
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

export function DagBatchBar({ query, countText }: { readonly query: DagsQuery; readonly countText: string }) {
  return (
    <BatchBar
      form={BATCH_FORM}
      path={paths.dagBatch}
      filter={pairsOf({ ...query, sort: "name" })}
      actions={BATCH_ACTIONS.map((value) => ({ value, label: batchLabels[value], icon: batchIcons[value] }))}
      countText={countText}
    />
  );
}
