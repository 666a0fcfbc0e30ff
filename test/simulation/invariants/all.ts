/** All invariants, by their numbers. */
import type { Invariant } from "../watch/invariant.ts";
import { acceptedTriggerStays } from "./acceptance/accepted-trigger-stays.ts";
import { sameKeySameRun } from "./acceptance/same-key-same-run.ts";
import { unansweredIsOnce } from "./acceptance/unanswered-is-once.ts";
import { acceptedStands } from "./attempts/accepted-stands.ts";
import { mappedOnce } from "./attempts/mapped-once.ts";
import { oneActiveAttempt } from "./attempts/one-active-attempt.ts";
import { oneLiveGrant } from "./attempts/one-live-grant.ts";
import { pastIsMet } from "./attempts/past-is-met.ts";
import { resultsComeFromHolders } from "./attempts/results-come-from-holders.ts";
import { ruleLetsItRun } from "./attempts/rule-lets-it-run.ts";
import { ruleWritesState } from "./attempts/rule-writes-state.ts";
import { stoppedStartsNothing } from "./attempts/stopped-starts-nothing.ts";
import { teardownRuns } from "./attempts/teardown-runs.ts";
import { terminalIsKept } from "./attempts/terminal-is-kept.ts";
import { tokensGrow } from "./attempts/tokens-grow.ts";
import { triesAreCounted } from "./attempts/tries-are-counted.ts";
import { acknowledgedIsThere } from "./catalog/acknowledged-is-there.ts";
import { backlogIsTold } from "./catalog/backlog-is-told.ts";
import { catalogEqualsTruth } from "./catalog/catalog-equals-truth.ts";
import { catalogOnlyGrows } from "./catalog/catalog-only-grows.ts";
import { effectsHaveCauses } from "./catalog/effects-have-causes.ts";
import { flushesRepeat } from "./catalog/flushes-repeat.ts";
import { backfillsAreBounded } from "./limits/backfills-are-bounded.ts";
import { bothSidesAgree } from "./limits/both-sides-agree.ts";
import { freeSlotsAreGiven } from "./limits/free-slots-are-given.ts";
import { limitsOfTasks } from "./limits/limits-of-tasks.ts";
import { nobodyStarves } from "./limits/nobody-starves.ts";
import { poolsAreNotOver } from "./limits/pools-are-not-over.ts";
import { waitingHoldsNothing } from "./limits/waiting-holds-nothing.ts";
import { aWakeIsArmed } from "./liveness/a-wake-is-armed.ts";
import { noStorm } from "./liveness/no-storm.ts";
import { nothingHangs } from "./liveness/nothing-hangs.ts";
import { runsEnd } from "./liveness/runs-end.ts";
import { changesAreAudited } from "./others/changes-are-audited.ts";
import { logsAreComplete } from "./others/logs-are-complete.ts";
import { memoryIsBounded } from "./others/memory-is-bounded.ts";
import { pagesReadLittle } from "./others/pages-read-little.ts";
import { retriesWait } from "./others/retries-wait.ts";
import { rowsTellAll } from "./others/rows-tell-all.ts";
import { secretsStay } from "./others/secrets-stay.ts";
import { timeGoesForward } from "./others/time-goes-forward.ts";
import { triesAreGranted } from "./others/tries-are-granted.ts";
import { valuesAreWhole } from "./others/values-are-whole.ts";
import { versionIsPinned } from "./others/version-is-pinned.ts";
import { waitingHasAReason } from "./others/waiting-has-a-reason.ts";
import { activeRunsAreBounded } from "./runs/active-runs-are-bounded.ts";
import { finishedHoldsNothing } from "./runs/finished-holds-nothing.ts";
import { runFollowsTasks } from "./runs/run-follows-tasks.ts";
import { runsAreUnique } from "./runs/runs-are-unique.ts";
import { cursorMovesWithRuns } from "./schedule/cursor-moves-with-runs.ts";
import { eachInstantOnce } from "./schedule/each-instant-once.ts";
import { editsHoldFromThen } from "./schedule/edits-hold-from-then.ts";
import { scheduleGoesForward } from "./schedule/schedule-goes-forward.ts";
import { skipsAreRecorded } from "./schedule/skips-are-recorded.ts";

export const INVARIANTS: readonly Invariant[] = [
  oneLiveGrant,
  oneActiveAttempt,
  tokensGrow,
  resultsComeFromHolders,
  acceptedStands,
  terminalIsKept,
  triesAreCounted,
  ruleLetsItRun,
  ruleWritesState,
  stoppedStartsNothing,
  pastIsMet,
  mappedOnce,
  teardownRuns,
  runFollowsTasks,
  finishedHoldsNothing,
  runsAreUnique,
  activeRunsAreBounded,
  eachInstantOnce,
  cursorMovesWithRuns,
  skipsAreRecorded,
  scheduleGoesForward,
  editsHoldFromThen,
  poolsAreNotOver,
  limitsOfTasks,
  backfillsAreBounded,
  bothSidesAgree,
  waitingHoldsNothing,
  freeSlotsAreGiven,
  nobodyStarves,
  effectsHaveCauses,
  acknowledgedIsThere,
  catalogOnlyGrows,
  catalogEqualsTruth,
  flushesRepeat,
  backlogIsTold,
  acceptedTriggerStays,
  sameKeySameRun,
  unansweredIsOnce,
  aWakeIsArmed,
  nothingHangs,
  runsEnd,
  noStorm,
  versionIsPinned,
  rowsTellAll,
  timeGoesForward,
  retriesWait,
  triesAreGranted,
  valuesAreWhole,
  logsAreComplete,
  memoryIsBounded,
  pagesReadLittle,
  secretsStay,
  changesAreAudited,
  waitingHasAReason,
];
