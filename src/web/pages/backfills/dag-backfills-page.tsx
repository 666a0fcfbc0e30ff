import type { DagProjection } from "../../../catalog/projection.ts";
import type { BackfillWithProgress } from "../../../catalog/sql/backfills.ts";
import { domId } from "../../dom-id.ts";
import { hx, live } from "../../hx.ts";
import type { Shell } from "../../layout/page.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Pagination } from "../../parts/pagination.tsx";
import { paths, withQuery } from "../../paths.ts";
import { DagFrame } from "../dag/dag-frame.tsx";
import { BackfillTable, isWatched } from "./backfill-table.tsx";

export interface DagBackfillsData {
  readonly dag: DagProjection;
  readonly rows: readonly BackfillWithProgress[];
  readonly after: number | null;
  readonly nextAfter: number | null;
}

export const DAG_BACKFILLS_REGION = domId("dag", "backfills");

interface DagBackfillsProps {
  readonly data: DagBackfillsData;
  readonly ptag: string;
}

export function DagBackfillsPage({ shell, data, ptag }: DagBackfillsProps & { readonly shell: Shell }) {
  const { dagId } = data.dag;
  return (
    <DagFrame shell={shell} dag={data.dag} tab="backfills">
      <p>
        <a
          class="button"
          href={paths.newBackfill(dagId)}
          {...hx({ get: paths.newBackfill(dagId), target: "#dialog", swap: "innerHTML" })}
        >
          <Icon name="history" />
          New backfill
        </a>
      </p>
      <DagBackfillsRegion data={data} ptag={ptag} />
    </DagFrame>
  );
}

export function DagBackfillsRegion({ data, ptag }: DagBackfillsProps) {
  const url = paths.dagTab(data.dag.dagId, "backfills");
  const shown = `${url}${withQuery({ after: data.after })}`;
  return (
    <div class="stack" id={DAG_BACKFILLS_REGION} {...live(shown, { isActive: isWatched(data.rows), ptag })}>
      {data.rows.length === 0 ? (
        <div class="card">
          <EmptyState icon="history" title="No backfills yet">
            A backfill runs the DAG for past logical dates that have no run, or no good one.
          </EmptyState>
        </div>
      ) : (
        <BackfillTable rows={data.rows} id={domId("dag", "backfill-table")} ofOneDag />
      )}
      <Pagination
        firstHref={data.after === null ? null : url}
        nextHref={data.nextAfter === null ? null : `${url}${withQuery({ after: data.nextAfter })}`}
      />
    </div>
  );
}
