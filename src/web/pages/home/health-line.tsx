import type { Child } from "hono/jsx";
import { counted, formatBytes } from "../../format.ts";
import { useClock } from "../../layout/clock.ts";
import { Icon } from "../../parts/icon.tsx";
import { Age } from "../../parts/instant.tsx";
import { paths } from "../../paths.ts";

export interface Health {
  /** DAGs that wanted to wake more than three minutes ago and have not. */
  readonly overdueDagIds: readonly string[];
  readonly watchdogAt: number | null;
  readonly bundleSyncedAt: number | null;
  readonly isBundleSyncOk: boolean;
  readonly catalogBytes: number;
  /** Rows that the catalog refused for good. */
  readonly projectionErrorCount: number;
  /** Whether all task instances were counted; otherwise there are at least so many. */
  readonly isWhole: boolean;
  /** Since when the catalog lacks something; null when it is known to lack nothing. */
  readonly behindSinceAt: number | null;
  readonly unclaimed: { readonly queued: number; readonly running: number };
}

/** https://developers.cloudflare.com/d1/platform/limits/ */
const CATALOG_MAX_BYTES = 10_000_000_000;
const CATALOG_WARNING = 0.8;
/** A burst of a large run is told in parts; what takes longer than this is trouble. */
const BEHIND_MS = 60_000;

export function HealthLine({ health }: { readonly health: Health }) {
  const overdue = health.overdueDagIds.length;
  const { now } = useClock();
  const isCatalogOk =
    health.projectionErrorCount === 0 &&
    health.catalogBytes < CATALOG_WARNING * CATALOG_MAX_BYTES &&
    (health.behindSinceAt === null || now - health.behindSinceAt < BEHIND_MS);
  return (
    <ul class="health" aria-label="Health">
      <HealthItem isOk={overdue === 0} name="Scheduler" href={paths.jobs}>
        {overdue === 0 ? (
          <>
            on time
            {health.watchdogAt !== null && (
              <>
                , watched <Age at={health.watchdogAt} />
              </>
            )}
          </>
        ) : (
          `${counted(overdue, "DAG")} overdue`
        )}
      </HealthItem>
      <HealthItem isOk={health.isBundleSyncOk} name="Bundle" href={paths.importErrors}>
        {health.bundleSyncedAt === null ? (
          "not synced yet"
        ) : (
          <>
            {health.isBundleSyncOk ? "synced" : "failed to sync"} <Age at={health.bundleSyncedAt} />
          </>
        )}
      </HealthItem>
      <HealthItem isOk name="Executor" href={`${paths.allTaskInstances}?state=running`}>
        {health.isWhole ? "" : "at least "}
        {health.unclaimed.running} running, {health.unclaimed.queued} queued
      </HealthItem>
      <HealthItem isOk={isCatalogOk} name="Catalog" href={paths.configuration}>
        {health.behindSinceAt === null ? (
          "up to date"
        ) : (
          <>
            behind since <Age at={health.behindSinceAt} />
          </>
        )}
        , {formatBytes(health.catalogBytes)} of 10 GB
        {health.projectionErrorCount > 0 && `, ${counted(health.projectionErrorCount, "row")} refused`}
      </HealthItem>
    </ul>
  );
}

function HealthItem(props: {
  readonly isOk: boolean;
  readonly name: string;
  readonly href: string;
  readonly children: Child;
}) {
  return (
    <li class={props.isOk ? "state-success" : "state-failed"}>
      <Icon name={props.isOk ? "circle-check" : "circle-alert"} />
      <a href={props.href}>{props.name}</a> <span class="muted">{props.children}</span>
    </li>
  );
}
