import { type ShownState, STATE_ICONS, stateLabel } from "../states.ts";
import { Icon } from "./icon.tsx";

export function StateBadge({ state }: { readonly state: ShownState }) {
  return (
    <span class={`badge state-${state}`}>
      <Icon name={STATE_ICONS[state]} />
      {stateLabel(state)}
    </span>
  );
}
