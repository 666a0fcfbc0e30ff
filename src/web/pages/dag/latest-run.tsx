import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import type { TaskInstanceState } from "../../../engine/states.ts";
import { Card } from "../../parts/card.tsx";
import { Elapsed, Instant } from "../../parts/instant.tsx";
import { Details } from "../../parts/page-header.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { StateCounts } from "../../parts/state-counts.tsx";
import { paths } from "../../paths.ts";

/** The inspector beside the grid. */
export function LatestRun(props: {
  readonly run: DagRunBar;
  readonly counts: readonly { readonly state: TaskInstanceState; readonly count: number }[];
  /** Otherwise it is the newest of those that are shown. */
  readonly isLatest: boolean;
}) {
  const { run, counts } = props;
  return (
    <Card
      title={props.isLatest ? "Latest run" : "Newest of these runs"}
      className="inspector"
      end={<StateBadge state={run.state} />}
    >
      <Details
        facts={[
          {
            name: "Run",
            value: (
              <a class="mono" href={paths.run(run.dagId, run.runId)}>
                {run.runId}
              </a>
            ),
          },
          { name: "Type", value: run.runType.replaceAll("_", " ") },
          { name: "Logical date", value: <Instant at={run.logicalAt} /> },
          { name: "Started", value: <Instant at={run.startAt} /> },
          { name: "Duration", value: <Elapsed from={run.startAt} to={run.endAt} /> },
          { name: "Version", value: `v${run.versionNumber}` },
          { name: "Tasks", value: <StateCounts counts={counts} /> },
        ]}
      />
    </Card>
  );
}
