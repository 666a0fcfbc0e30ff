import { type Occupancy, occupancyOf, type SlotUse } from "../../../engine/limits/occupancy.ts";
import type { PoolSettings } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { formatCount } from "../../format.ts";
import { hx, live } from "../../hx.ts";
import { Page, type Shell } from "../../layout/page.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHeader } from "../../parts/page-header.tsx";
import { SlotBar } from "../../parts/slot-bar.tsx";
import { paths, withQuery } from "../../paths.ts";

export interface PoolsData {
  readonly pools: readonly { readonly pool: PoolSettings; readonly uses: readonly SlotUse[] }[];
  /** Active task instances of all DAGs; null is unlimited. */
  readonly parallelism: number | null;
  /** Whether all task instances were counted; otherwise there are at least so many. */
  readonly isWhole: boolean;
}

export const POOLS_REGION = domId("pools", "list");

export function PoolsPage(props: { readonly shell: Shell; readonly data: PoolsData; readonly ptag: string }) {
  return (
    <Page shell={props.shell} title="Pools" nav="pools" sheet="pools" crumbs={[{ label: "Pools", href: null }]}>
      <PageHeader
        title="Pools"
        description="A pool is a number of slots that tasks share, whatever their DAG. A task that finds none free waits for one."
        actions={
          <a class="button primary" href={paths.newPool} {...dialog(paths.newPool)}>
            <Icon name="plus" />
            New pool
          </a>
        }
      />
      <PoolList data={props.data} ptag={props.ptag} />
    </Page>
  );
}

export function PoolList({ data, ptag }: { readonly data: PoolsData; readonly ptag: string }) {
  const isActive = data.pools.some(({ uses }) => uses.length > 0);
  return (
    <div class="stack" id={POOLS_REGION} {...live(paths.pools, { isActive, ptag })}>
      <div class="table-wrap">
        <table class="table blocks">
          <thead>
            <tr>
              <th>Pool</th>
              <th class="fill">Slots</th>
              <th class="number">Running</th>
              <th class="number">Queued</th>
              <th class="number">Deferred</th>
              <th class="number">Waiting</th>
              <th class="number">Free</th>
              <th class="actions">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.pools.map(({ pool, uses }) => (
              <PoolRow pool={pool} use={occupancyOf(pool, uses)} />
            ))}
          </tbody>
        </table>
      </div>
      {!data.isWhole && (
        <p class="small muted">
          There are more task instances in live runs than this page counts: each number is at least so large.
        </p>
      )}
      <p class="small muted">
        All DAGs together:{" "}
        {data.parallelism === null ? "no limit" : `at most ${formatCount(data.parallelism)} active task instances`}.{" "}
        <a href={paths.limits} {...dialog(paths.limits)}>
          {data.parallelism === null ? "Set a limit" : "Change the limit"}
        </a>
      </p>
    </div>
  );
}

function PoolRow({ pool, use }: { readonly pool: PoolSettings; readonly use: Occupancy }) {
  const { name, description } = pool;
  const isUnlimited = !Number.isFinite(use.open);
  const instances = (state: string) => `${paths.allTaskInstances}${withQuery({ pool: name, state })}`;
  return (
    <tr data-key={name}>
      <td class="lead">
        <span class="two-lines">
          <a class="name clip" href={paths.poolHolders(name)} title={name}>
            {name}
          </a>
          {description !== "" && (
            <span class="small muted clip" title={description}>
              {description}
            </span>
          )}
        </span>
      </td>
      <td class="slots">
        <SlotBar name={name} slots={pool.slots} use={use} isDeferredCounted={pool.includeDeferred} />
      </td>
      <td class="number optional">
        <a href={instances("running")} aria-label={`${use.running} running in ${name}`}>
          {formatCount(use.running)}
        </a>
      </td>
      <td class="number optional">{formatCount(use.queued)}</td>
      <td class="number optional">{formatCount(use.deferred)}</td>
      <td class="number optional">
        <a href={instances("scheduled")} aria-label={`${use.scheduled} waiting for ${name}`}>
          {formatCount(use.scheduled)}
        </a>
      </td>
      <td class="number lead-end">{isUnlimited ? <span class="muted">unlimited</span> : formatCount(use.open)}</td>
      <td class="actions">
        <span class="cell-line">
          <a
            class="button quiet small icon-only"
            href={paths.poolEditing(name)}
            aria-label={`Change ${name}`}
            title="Change"
            {...dialog(paths.poolEditing(name))}
          >
            <Icon name="pencil" />
          </a>
          {name !== "default_pool" && (
            <a
              class="button quiet small icon-only"
              href={paths.poolDeletion(name)}
              aria-label={`Delete ${name}`}
              title="Delete"
              {...dialog(paths.poolDeletion(name))}
            >
              <Icon name="trash-2" />
            </a>
          )}
        </span>
      </td>
    </tr>
  );
}

function dialog(url: string) {
  return hx({ get: url, target: "#dialog", swap: "innerHTML" });
}
