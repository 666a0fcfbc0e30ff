import type { UpcomingRun } from "../../../catalog/sql/home.ts";
import { domId } from "../../dom-id.ts";
import { useClock } from "../../layout/clock.ts";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Age } from "../../parts/instant.tsx";
import { paths } from "../../paths.ts";
import { timeTrack } from "../../svg/time-track.ts";

/** What schedules will start next, on one line of time from now on. */
export function Upcoming({ runs }: { readonly runs: readonly UpcomingRun[] }) {
  const { now } = useClock();
  const end = Math.max(now + 1, ...runs.map(({ at }) => at));
  return (
    <Card title="Upcoming runs" id={domId("home", "upcoming")}>
      {runs.length === 0 ? (
        <EmptyState icon="calendar" title="Nothing is scheduled">
          DAGs without a schedule, or with a paused one, run when they are triggered.
        </EmptyState>
      ) : (
        <ul class="upcoming">
          {runs.map(({ dagId, at, scheduleText }) => (
            <li>
              <a class="clip" href={paths.dag(dagId)} title={scheduleText ?? dagId}>
                {dagId}
              </a>
              {timeTrack((at - now) / (end - now))}
              <span class="muted small">
                <Age at={at} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
