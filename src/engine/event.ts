/** What can happen to a DAG. Events carry no user values; whoever reports a result keeps its payload by token. */
import type { ClaimItem, Decision, DeliveryChannel, ResultLengths, TaskInstanceKey } from "../executor/protocol.ts";
import type { BackfillFacts } from "./backfill.ts";
import type { Graph } from "./graph.ts";
import type { LimitsView } from "./limits/messages.ts";
import type { Marking } from "./mark-instances.ts";
import type { RunOfBackfill, RunState } from "./run-state.ts";
import type { Timetable } from "./timetable/timetable.ts";

export type ReportedOutcome =
  | {
      readonly type: "success";
      /** It left a result, so that a mapped consumer of its task counts it; absent means yes. */
      readonly hasValue?: boolean;
      readonly lengths?: ResultLengths;
      readonly decision?: Decision;
    }
  | { readonly type: "skipped" }
  | {
      readonly type: "failed";
      readonly retry:
        | { readonly type: "allowed" }
        | { readonly type: "forbidden" }
        | { readonly type: "after"; readonly ms: number };
      readonly reason: string | null;
    };

export interface ReportedTry extends TaskInstanceKey {
  readonly token: number;
  readonly outcome: ReportedOutcome;
}

export type Event =
  /** Time passed: whatever is due, is done. Harmless when nothing is. */
  | { readonly type: "tick" }
  /** What a start of the object loaded is judged, and nothing else is done: before an event that may come late. */
  | { readonly type: "loaded" }
  | {
      readonly type: "define";
      readonly graph: Graph;
      readonly timetable: Timetable;
      /** The schedule differs from the last version's, so that it holds from now on only. */
      readonly isScheduleChanged: boolean;
    }
  | { readonly type: "set_paused"; readonly isPaused: boolean }
  /** Pools or the deployment's limit changed. */
  | { readonly type: "set_limits"; readonly limits: LimitsView }
  /** The `Limits` object gave slots to what this DAG asked for under these tickets. */
  | { readonly type: "slots_granted"; readonly tickets: readonly number[] }
  | { readonly type: "set_import_error"; readonly hasImportError: boolean }
  | { readonly type: "retire" }
  /** The shell wrote rows of queued runs of no backfill, or some are gone. */
  | {
      readonly type: "count_queued";
      readonly queuedRunCount: number;
      /** Those that a schedule made; absent when their number is what it was. */
      readonly queuedScheduledCount?: number;
      readonly nextQueuedAt: number | null;
    }
  /** A backfill is new or changed; so are its queued runs. */
  | { readonly type: "set_backfill"; readonly backfill: BackfillFacts }
  /** Queued runs that the shell loaded, because the last step asked for some. */
  | { readonly type: "start_runs"; readonly runs: readonly RunState[] }
  | {
      readonly type: "claim";
      readonly invocation: string;
      readonly channel: DeliveryChannel;
      readonly items: readonly ClaimItem[];
    }
  | {
      readonly type: "report";
      readonly invocation: string;
      readonly channel: DeliveryChannel;
      readonly reports: readonly ReportedTry[];
      readonly capacity: number;
      readonly wallLeftMs: number;
      readonly hop: number;
    }
  | { readonly type: "heartbeat"; readonly invocation: string; readonly tokens: readonly number[] }
  /** The user decides a run. `failed` on a live run is Airflow's cancel. */
  | { readonly type: "mark_run"; readonly run: RunState; readonly state: "success" | "failed" }
  | {
      readonly type: "clear";
      readonly run: RunState;
      readonly places: readonly number[];
      /** A finished run stays finished, with task instances that have no state. */
      readonly isRunKept?: boolean;
      /** The run, which was finished, belongs to this backfill from now on. */
      readonly backfill?: RunOfBackfill;
    }
  /** The run goes over to another version: the caller builds it from its rows before anything else happens. */
  | { readonly type: "change_version"; readonly run: RunState; readonly graph: Graph }
  /** The user decides task instances. */
  | ({ readonly type: "mark_instances" } & Marking);
