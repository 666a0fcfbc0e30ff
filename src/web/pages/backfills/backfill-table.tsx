import type { BackfillWithProgress } from "../../../catalog/sql/backfills.ts";
import type { ReprocessBehavior } from "../../../platform.ts";
import { Age, Span } from "../../parts/instant.tsx";
import { paths } from "../../paths.ts";
import { BackfillBadge, ProgressBar, runCountOf } from "./backfill-progress.tsx";

export const REPROCESS_LABELS: Readonly<Record<ReprocessBehavior, string>> = {
  none: "Leave them as they are",
  failed: "Run those that failed again",
  completed: "Run all that have ended again",
};

/** More runs are not counted every two seconds: each look reads them all. */
const MAX_WATCHED_RUNS = 2_000;

/** Whether a page of these is worth a short interval between two looks. */
export function isWatched(rows: readonly BackfillWithProgress[]): boolean {
  const live = rows.filter(({ backfill }) => backfill.completedAt === null && !backfill.isPaused);
  const runCount = rows.reduce((sum, { progress }) => sum + runCountOf(progress), 0);
  return live.length > 0 && runCount <= MAX_WATCHED_RUNS;
}

export function BackfillTable(props: {
  readonly rows: readonly BackfillWithProgress[];
  readonly id: string;
  readonly ofOneDag?: boolean;
}) {
  const showDag = props.ofOneDag !== true;
  return (
    <div class="table-wrap">
      <table class="table blocks" id={props.id}>
        <thead>
          <tr>
            <th>State</th>
            {showDag && <th>DAG</th>}
            <th>Logical dates</th>
            <th class="fill">Progress</th>
            <th>Made by</th>
            <th>Made</th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map(({ backfill, progress }) => (
            <tr data-key={String(backfill.id)}>
              <td>
                <BackfillBadge backfill={backfill} />
              </td>
              {showDag && (
                <td>
                  <a href={paths.dag(backfill.dagId)}>{backfill.dagId}</a>
                </td>
              )}
              <td class="lead whole">
                <a class="name" href={paths.backfill(backfill.dagId, backfill.id)}>
                  <Span from={backfill.fromAt} to={backfill.toAt} />
                </a>
              </td>
              <td class="whole">
                <ProgressBar progress={progress} />
              </td>
              <td class="optional muted">
                <span class="clip">{backfill.createdBy}</span>
              </td>
              <td class="muted optional">
                <Age at={backfill.createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
