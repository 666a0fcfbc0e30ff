import { counted, formatBytes } from "../../format.ts";
import { Icon } from "../../parts/icon.tsx";
import { Age } from "../../parts/instant.tsx";

export interface Health {
  /** DAGs that wanted to wake more than three minutes ago and have not. */
  readonly overdueDagCount: number;
  readonly bundleSyncedAt: number | null;
  readonly isBundleSyncOk: boolean;
  readonly catalogBytes: number;
}

export function HealthLine({ health }: { readonly health: Health }) {
  const isOnTime = health.overdueDagCount === 0;
  return (
    <ul class="health" aria-label="Health">
      <li class={isOnTime ? "state-success" : "state-failed"}>
        <Icon name={isOnTime ? "circle-check" : "circle-alert"} />
        <strong>Schedulers</strong> {isOnTime ? "on time" : `${counted(health.overdueDagCount, "DAG")} overdue`}
      </li>
      <li class={health.isBundleSyncOk ? "state-success" : "state-failed"}>
        <Icon name={health.isBundleSyncOk ? "circle-check" : "circle-alert"} />
        <strong>Bundle</strong>{" "}
        {health.bundleSyncedAt === null ? (
          "not synced yet"
        ) : (
          <span>
            {health.isBundleSyncOk ? "synced" : "failed to sync"} <Age at={health.bundleSyncedAt} />
          </span>
        )}
      </li>
      <li class="state-success">
        <Icon name="circle-check" />
        <strong>Catalog</strong> {formatBytes(health.catalogBytes)}
      </li>
    </ul>
  );
}
