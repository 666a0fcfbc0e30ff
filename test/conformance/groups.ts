/** The groups of a file of vectors, by their names there. */
import { clearSelection, relevantRelatives } from "./clear-selection.ts";
import { criticalSection } from "./critical-section.ts";
import type { Group } from "./group.ts";
import { mappedUpstream } from "./mapped-upstream.ts";
import { prevDagRun } from "./past.ts";
import { poolAccounting } from "./pools.ts";
import { retryBackoff } from "./retry-backoff.ts";
import { leafTasks, runStateDecisions } from "./run-state.ts";
import { shortCircuit } from "./short-circuit.ts";
import { manualIntervals, nextRuns } from "./timetables.ts";
import { isAboutBackfills, toldInWords } from "./told-in-words.ts";
import { triggerRulesByCounts, triggerRulesByStates } from "./trigger-rules.ts";

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
  run_start_limits: toldInWords("run_start_limits", isAboutBackfills),
  backfill_reprocess: toldInWords("backfill_reprocess", isAboutBackfills),
  mapped_expansion: toldInWords("mapped_expansion"),
  mapped_scenarios: toldInWords("mapped_scenarios"),
  clear_selection: clearSelection,
  relevant_relatives_mapped: relevantRelatives,
  retry_backoff: retryBackoff,
  short_circuit: shortCircuit,
};
