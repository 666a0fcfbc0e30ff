import { formatCount } from "../format.ts";
import { type ShownState, STATE_ICONS } from "../states.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

/** A number that leads to the list behind it. */
export function StatTile(props: {
  readonly href: string;
  readonly label: string;
  readonly value: number;
  readonly state?: ShownState;
  readonly icon?: IconName;
}) {
  const icon = props.state === undefined ? props.icon : STATE_ICONS[props.state];
  const state = props.state === undefined ? "" : ` state-${props.state}`;
  return (
    <a class={`tile${props.value === 0 ? " is-zero" : state}`} href={props.href}>
      <span class="tile-label">
        {icon !== undefined && <Icon name={icon} />}
        {props.label}
      </span>
      <span class="tile-value">{formatCount(props.value)}</span>
    </a>
  );
}
