/** Which actions there are on many runs, and which runs each would change. */
import type { Permission } from "../../../auth/permissions.ts";
import type { DagRunView } from "../../../platform.ts";
import type { BatchAction } from "../../parts/batch-bar.tsx";

export const RUN_BATCH_ACTIONS = ["clearing", "cancellation", "success", "failure", "deletion"] as const;
export type RunBatchAction = (typeof RUN_BATCH_ACTIONS)[number];

export const runBatchButtons: readonly BatchAction[] = [
  { value: "clearing", label: "Clear", icon: "eraser" },
  { value: "cancellation", label: "Cancel", icon: "ban" },
  { value: "success", label: "Mark success", icon: "check" },
  { value: "failure", label: "Mark failed", icon: "x" },
  { value: "deletion", label: "Delete", icon: "trash-2" },
];

/** As the infinitive of the button and the past tense of what is told afterwards. */
export const runBatchWords: Readonly<Record<RunBatchAction, readonly [does: string, did: string]>> = {
  clearing: ["Clear", "Cleared"],
  cancellation: ["Cancel", "Cancelled"],
  success: ["Mark success:", "Marked success:"],
  failure: ["Mark failed:", "Marked failed:"],
  deletion: ["Delete", "Deleted"],
};

export const RUN_BATCH_PERMISSION: Readonly<Record<RunBatchAction, Permission>> = {
  clearing: "run.edit",
  cancellation: "run.edit",
  success: "run.edit",
  failure: "run.edit",
  deletion: "run.delete",
};

/** What is so already, or cannot be done, is left out of the list. */
export function wouldChange({ state, endAt }: DagRunView, action: RunBatchAction): boolean {
  switch (action) {
    case "clearing":
      return true;
    case "cancellation":
      return endAt === null;
    case "success":
      return state !== "success";
    case "failure":
      return state !== "failed";
    case "deletion":
      return endAt !== null;
  }
}
