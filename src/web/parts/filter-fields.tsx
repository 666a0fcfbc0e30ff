/** What the lists are narrowed by, as fields of their filter form. */
import { boundText, MISREAD_BOUNDS } from "../bounds.ts";
import { domId } from "../dom-id.ts";
import { Icon } from "./icon.tsx";

/** The one search field of a list; "/" leads to it. */
export function SearchField(props: { readonly id: string; readonly value: string; readonly label: string }) {
  return (
    <div class="search">
      <Icon name="search" />
      <input
        type="search"
        id={props.id}
        class="input"
        name="q"
        value={props.value}
        placeholder={props.label}
        aria-label={props.label}
        maxlength={250}
        data-search
        autocomplete="off"
      />
    </div>
  );
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export function ChoiceField(props: {
  readonly name: string;
  readonly label: string;
  readonly any: string;
  readonly value: string;
  readonly choices: readonly Choice[];
}) {
  const isKnown = props.value === "" || props.choices.some(({ value }) => value === props.value);
  const choices = isKnown ? props.choices : [{ value: props.value, label: props.value }, ...props.choices];
  return (
    <select class="select" name={props.name} aria-label={props.label}>
      <option value="">{props.any}</option>
      {choices.map(({ value, label }) => (
        <option value={value} selected={value === props.value}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** A field for an id, or a part of one. It suggests those of the rows that are shown. */
export function IdField(props: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly known?: readonly string[];
}) {
  const known = [...new Set(props.known)];
  const listId = known.length === 0 ? undefined : domId("known", props.name);
  return (
    <>
      <input
        class="input"
        name={props.name}
        value={props.value}
        placeholder={props.label}
        aria-label={props.label}
        list={listId}
        size={14}
        maxlength={250}
        autocomplete="off"
      />
      {listId !== undefined && (
        <datalist id={listId}>
          {known.map((id) => (
            <option value={id} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** Two bounds of time, in the reader's zone, which stands beside them. */
export function RangeFields(props: {
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly zone: string;
}) {
  return (
    <span class="range">
      <InstantField name="from" label={props.label} value={props.from} zone={props.zone} />
      <InstantField name="to" label="to" value={props.to} zone={props.zone} />
      <span class="small muted">{props.zone}</span>
    </span>
  );
}

/** A date that cannot be read stays as it was written, so that it can be mended. */
function InstantField(props: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly zone: string;
}) {
  const value = boundText(props.value, props.zone);
  const problem = value === null ? { "aria-invalid": "true" as const, "aria-describedby": MISREAD_BOUNDS } : {};
  return (
    <label class="instant-field">
      <span class="small muted">
        {props.label} <span class="visually-hidden">in {props.zone}</span>
      </span>
      <input
        class="input"
        type={value === null ? "text" : "datetime-local"}
        name={props.name}
        value={value ?? props.value}
        {...problem}
      />
    </label>
  );
}
