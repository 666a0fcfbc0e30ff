import type { TaskInstanceState } from "../../engine/states.ts";
import { byUrgency, STATE_ICONS, stateLabel } from "../states.ts";
import { Icon } from "./icon.tsx";

/** `✕ 2  ✓ 14`: how many task instances are in each state, the most urgent first. */
export function StateCounts({
  counts,
}: {
  readonly counts: readonly { readonly state: TaskInstanceState; readonly count: number }[];
}) {
  if (counts.length === 0) return <span class="muted">none yet</span>;
  const sorted = [...counts].sort((a, b) => byUrgency(a.state, b.state));
  return (
    <span class="chips">
      {sorted.map(({ state, count }) => (
        <span class={`badge state-${state}`} title={`${count} ${stateLabel(state)}`}>
          <Icon name={STATE_ICONS[state]} />
          {count}
          <span class="visually-hidden"> {stateLabel(state)}</span>
        </span>
      ))}
    </span>
  );
}
