import { formatDuration, formatInstant, formatRelative, isoInstant } from "../format.ts";
import { useClock } from "../layout/clock.ts";

/** `3 min ago`, with the absolute time on hover. */
export function Age({ at }: { readonly at: number | null }) {
  const { now, zone } = useClock();
  if (at === null) return <span class="muted">–</span>;
  return (
    <time datetime={isoInstant(at)} title={titleOf(at, zone)} data-relative>
      {formatRelative(at, now)}
    </time>
  );
}

/** `2026-11-22 11:24:07 UTC`, with the age on hover. */
export function Instant({ at }: { readonly at: number | null }) {
  const { now, zone } = useClock();
  if (at === null) return <span class="muted">–</span>;
  return (
    <time
      datetime={isoInstant(at)}
      title={zone === "UTC" ? formatRelative(at, now) : `${formatInstant(at)}, ${formatRelative(at, now)}`}
    >
      {formatInstant(at, zone)}
    </time>
  );
}

/** The reader's zone first, and UTC beside it, because logs and colleagues speak that. */
function titleOf(at: number, zone: string): string {
  return zone === "UTC" ? formatInstant(at) : `${formatInstant(at, zone)} = ${formatInstant(at)}`;
}

/** From start to end, or still growing while there is no end. */
export function Elapsed({ from, to }: { readonly from: number | null; readonly to: number | null }) {
  const { now } = useClock();
  if (from === null) return <span class="muted">–</span>;
  if (to === null) return <span data-since={String(from)}>{formatDuration(now - from)}</span>;
  return <span>{formatDuration(to - from)}</span>;
}

const DAYS_MS = 2 * 86_400_000;

/** `2026-11-01 – 2026-11-20`, to the minute where it is short; the whole instants on hover. */
export function Span({ from, to }: { readonly from: number; readonly to: number }) {
  const { zone } = useClock();
  const length = to - from < DAYS_MS ? 16 : 10;
  const end = (at: number) => (
    <time datetime={isoInstant(at)} title={titleOf(at, zone)}>
      {formatInstant(at, zone).slice(0, length)}
    </time>
  );
  return (
    <>
      {end(from)} – {end(to)}
    </>
  );
}
