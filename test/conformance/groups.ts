/** The groups of a file of vectors, by their names there. */

import type { Group } from "./group.ts";
import { backfillReprocess } from "./groups/backfill.ts";
import { clearSelection, relevantRelatives } from "./groups/clear-selection.ts";
import { criticalSection } from "./groups/critical-section.ts";
import { mappedExpansion } from "./groups/expansion.ts";
import { mappedUpstream } from "./groups/mapped-upstream.ts";
import { prevDagRun } from "./groups/past.ts";
import { poolAccounting } from "./groups/pools.ts";
import { retryBackoff } from "./groups/retry-backoff.ts";
import { leafTasks, runStateDecisions } from "./groups/run-state.ts";
import { shortCircuit } from "./groups/short-circuit.ts";
import { manualIntervals, nextRuns } from "./groups/timetables.ts";
import { toldInWords } from "./groups/told-in-words.ts";
import { triggerRulesByCounts, triggerRulesByStates } from "./groups/trigger-rules.ts";

export const GROUPS: Readonly<Record<string, Group>> = {
  timetable_data_interval: nextRuns,
  timetable_trigger: nextRuns,
  timetable_events: nextRuns,
  timetable_extra_golden: nextRuns,
  manual_data_interval: manualIntervals,
  trigger_rule_from_tests: triggerRulesByCounts,
  trigger_rule_exhaustive_unmapped_n1_3: triggerRulesByStates,
  mapped_upstream_dep: mappedUpstream,
  prev_dagrun_dep: prevDagRun,
  leaf_tasks_for_run_state: leafTasks,
  run_state_decisions: runStateDecisions,
  critical_section: criticalSection,
  pool_accounting: poolAccounting,
  run_start_limits: toldInWords("run_start_limits"),
  backfill_reprocess: backfillReprocess,
  mapped_expansion: mappedExpansion,
  mapped_scenarios: toldInWords("mapped_scenarios"),
  clear_selection: clearSelection,
  relevant_relatives_mapped: relevantRelatives,
  retry_backoff: retryBackoff,
  short_circuit: shortCircuit,
};
