import { occupancyOf } from "../../../engine/limits/occupancy.ts";
import { domId } from "../../dom-id.ts";
import { counted } from "../../format.ts";
import { Card } from "../../parts/card.tsx";
import { Icon } from "../../parts/icon.tsx";
import type { IconName } from "../../parts/icon-names.ts";
import { RunTable } from "../../parts/run-table.tsx";
import { paths, withQuery } from "../../paths.ts";
import type { HomeData } from "./home-page.tsx";

interface Matter {
  readonly icon: IconName;
  readonly text: string;
  readonly hint: string;
  readonly href: string;
}

/** What somebody has to look at, before anything else. Nothing, when there is nothing. */
export function Attention({ data }: { readonly data: HomeData }) {
  const matters = mattersOf(data);
  if (matters.length === 0 && data.failedRuns.length === 0) return null;
  return (
    <Card title="Needs attention" className="attention" id={domId("home", "attention")}>
      {matters.length > 0 && (
        <ul class="matters">
          {matters.map(({ icon, text, hint, href }) => (
            <li>
              <Icon name={icon} />
              <a href={href}>{text}</a>
              <span class="muted small">{hint}</span>
            </li>
          ))}
        </ul>
      )}
      {data.failedRuns.length > 0 && <RunTable runs={data.failedRuns} id={domId("home", "failed")} />}
    </Card>
  );
}

function mattersOf(data: HomeData): readonly Matter[] {
  const matters: Matter[] = [];
  if (data.importErrorCount > 0) {
    matters.push({
      icon: "file-warning",
      text: `${counted(data.importErrorCount, "file")} cannot be imported`,
      hint: "Their DAGs keep the last version that worked and start no scheduled runs",
      href: paths.importErrors,
    });
  }
  const [overdue] = data.health.overdueDagIds;
  if (overdue !== undefined) {
    matters.push({
      icon: "hourglass",
      text: `${counted(data.health.overdueDagIds.length, "DAG")} should have woken up`,
      hint: `${overdue} is the longest overdue; the watchdog pokes it every minute`,
      href: paths.dag(overdue),
    });
  }
  for (const pool of data.pools) {
    const uses = data.poolUse.uses.filter((use) => use.pool === pool.name);
    const { open, scheduled } = occupancyOf(pool, uses);
    if (open > 0 || scheduled === 0) continue;
    matters.push({
      icon: "layers",
      text: `The pool ${pool.name} is full`,
      hint: `${counted(scheduled, "slot")} waited for`,
      href: `${paths.allTaskInstances}${withQuery({ pool: pool.name, state: "scheduled" })}`,
    });
  }
  return matters;
}
