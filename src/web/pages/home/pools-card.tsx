import type { PoolUse } from "../../../catalog/sql/pool-use.ts";
import { occupancyOf } from "../../../engine/limits/occupancy.ts";
import type { PoolSettings } from "../../../platform.ts";
import { Card } from "../../parts/card.tsx";
import { SlotBar } from "../../parts/slot-bar.tsx";
import { paths } from "../../paths.ts";

const SHOWN = 6;

/** The fullest pools with a limit; those without one cannot be full. */
export function PoolsCard(props: { readonly pools: readonly PoolSettings[]; readonly uses: readonly PoolUse[] }) {
  const limited = props.pools
    .filter(({ slots }) => slots >= 0)
    .map((pool) => ({
      pool,
      use: occupancyOf(
        pool,
        props.uses.filter((use) => use.pool === pool.name),
      ),
    }))
    .sort((a, b) => a.use.open - b.use.open || (a.pool.name < b.pool.name ? -1 : 1))
    .slice(0, SHOWN);
  if (limited.length === 0) return null;
  return (
    <Card
      title="Pools"
      end={
        <a class="button quiet small" href={paths.pools}>
          All pools
        </a>
      }
    >
      <ul class="pool-lines">
        {limited.map(({ pool, use }) => (
          <li>
            <a class="clip" href={paths.poolHolders(pool.name)} title={pool.name}>
              {pool.name}
            </a>
            <SlotBar name={pool.name} slots={pool.slots} use={use} isDeferredCounted={pool.includeDeferred} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
