/**
 * What becomes of a run that an event would have left in a state that cannot be: nothing of the event is committed, and the
 * run ends as failed (`quarantined`), with all that was open. The other runs of the DAG go on; an operator looks at the
 * audit log, and clears the run when the bug is mended. Whoever caused the event is answered with an error, and comes again.
 */
import type { UnsoundStep } from "./assert-sound.ts";
import { writeEvent } from "./commit.ts";
import type { Loaded } from "./load.ts";
import { countQueued } from "./load.ts";
import type { SchedulerPorts } from "./ports.ts";

/** A transaction of its own, over rows alone: memory is what went wrong. */
export function quarantine(
  ports: SchedulerPorts,
  loaded: Loaded,
  { seq, runId, problem }: UnsoundStep,
  now: number,
): void {
  const { sql } = ports;
  const { state } = loaded;
  state.sequence += 1;
  sql.exec(
    `UPDATE task_instance SET state = CASE WHEN state IN ('running', 'restarting') THEN 'failed' ELSE 'skipped' END,
       reason = 'quarantined', invocation = NULL, due_at = 0, end_at = ?2, version = ?3
     WHERE run_seq = ?1 AND state NOT IN ('success', 'skipped', 'failed', 'upstream_failed', 'removed')`,
    seq,
    now,
    state.sequence,
  );
  sql.exec(
    `UPDATE dag_run SET state = 'failed', reason = 'quarantined', start_at = coalesce(start_at, ?2), end_at = ?2,
       is_settled = 0, version = ?3 WHERE seq = ?1`,
    seq,
    now,
    state.sequence,
  );
  countQueued(sql, state);
  writeEvent(ports, loaded, { event: "quarantined", actor: "scheduler", runId, extra: problem });
}
