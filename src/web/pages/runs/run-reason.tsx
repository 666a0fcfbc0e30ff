import type { DagRunView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { Banner } from "../../parts/banner.tsx";
import { paths, withQuery } from "../../paths.ts";
import { reasonText } from "../../reasons.ts";
import type { RunRow } from "./run-rows.ts";

const texts: Readonly<Record<string, string>> = {
  all_tasks_deadlocked: "No task can run any more: each waits for another that will never finish.",
  quarantined:
    "A check of the scheduler on itself failed, and it ended this run rather than go on with a wrong state. The audit log says which: please report it. Clear the run to have it again.",
  timed_out: "The run took longer than its DAG allows.",
  cancelled: "Somebody cancelled it.",
  marked: "Somebody decided it, or some of its task instances.",
};

export interface RunReasonProps {
  readonly run: DagRunView;
  /** The first of its tasks that failed. */
  readonly failed: readonly RunRow[];
  readonly failedCount: number;
}

/** Why a run stands as it does: its first failures with the way to their logs, or a reason in words. */
export function RunReason({ run, failed, failedCount }: RunReasonProps) {
  const text = run.reason === null ? null : (texts[run.reason] ?? null);
  if (run.state === "failed" && (failed.length > 0 || text !== null)) {
    return (
      <Banner
        tone="danger"
        id={domId("run", "reason")}
        title={failedCount > 0 ? failureTitle(failedCount) : "This run failed"}
      >
        {text !== null && <p>{text}</p>}
        {failed.length > 0 && <Failures run={run} failed={failed} />}
      </Banner>
    );
  }
  if (run.reason === null || run.endAt !== null) return null;
  return (
    <Banner
      tone="waiting"
      id={domId("run", "reason")}
      title={run.state === "queued" ? "This run waits" : "This run goes on"}
    >
      {text ?? run.reason.replaceAll("_", " ")}
    </Banner>
  );
}

function failureTitle(count: number): string {
  return count === 1 ? "One task failed" : `${count} tasks failed`;
}

/** A try that nobody reported has no error, but a reason. */
function failureText({ error, reason }: RunRow): string {
  if (error !== null) return error;
  return reason === null ? "" : reasonText(reason).title;
}

function Failures({ run, failed }: Pick<RunReasonProps, "run" | "failed">) {
  const { dagId, runId } = run;
  return (
    <ul class="blockers">
      {failed.map((row) => (
        <li>
          <a href={row.isMapped ? mappedHref(run, row.taskId) : paths.task({ dagId, runId, taskId: row.taskId })}>
            {row.taskId}
          </a>
          {` ${failureText(row)}`}
        </li>
      ))}
    </ul>
  );
}

function mappedHref({ dagId, runId }: DagRunView, taskId: string): string {
  return `${paths.run(dagId, runId)}${withQuery({ open: taskId })}`;
}
