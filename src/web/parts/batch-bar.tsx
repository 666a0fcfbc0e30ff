import { hx } from "../hx.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

export interface BatchAction {
  readonly value: string;
  readonly label: string;
  readonly icon: IconName;
}

/** What can be done with the rows that are ticked, or with all that match. Each button asks first. */
export function BatchBar(props: {
  /** The form that the boxes of the rows belong to. */
  readonly form: string;
  readonly path: string;
  /** What narrows the list, for "all that match". */
  readonly filter: readonly (readonly [string, string])[];
  readonly actions: readonly BatchAction[];
  readonly countText?: string;
}) {
  return (
    <form
      class="batch-bar"
      id={props.form}
      method="get"
      action={props.path}
      {...hx({ get: props.path, target: "#dialog", swap: "innerHTML", trigger: "submit" })}
    >
      <span class="muted small" role="status">
        {props.countText}
        <span data-selected-count />
      </span>
      {props.filter.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <span class="batch-actions">
        <label class="checkbox small">
          <input type="checkbox" name="all" value="true" data-select />
          All that match
        </label>
        {props.actions.map(({ value, label, icon }) => (
          <button type="submit" class="button small" name="action" value={value}>
            <Icon name={icon} />
            {label}
          </button>
        ))}
      </span>
    </form>
  );
}

/** The box of one row; without scripts it belongs to the form all the same. */
export function SelectCell(props: { readonly form: string; readonly value: string; readonly label: string }) {
  return (
    <td class="tight pick">
      <label class="select-box">
        <input
          type="checkbox"
          name="sel"
          value={props.value}
          form={props.form}
          aria-label={`Select ${props.label}`}
          data-select
        />
      </label>
    </td>
  );
}

/** The box above them, which ticks all of the page. */
export function SelectAllHead() {
  return (
    <th class="tight">
      <label class="select-box needs-script">
        <input type="checkbox" aria-label="Select all on this page" data-select-all />
      </label>
    </th>
  );
}
