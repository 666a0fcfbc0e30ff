import { domId } from "../dom-id.ts";
import { Icon } from "./icon.tsx";

/** A JSON object as text, with the reason when it was refused. */
export function JsonField(props: {
  readonly form: string;
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
}) {
  const id = domId(props.form, props.name);
  const errorId = `${id}-error`;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {props.label} <span class="field-type">JSON object</span>
      </label>
      <textarea
        class="input mono"
        id={id}
        name={props.name}
        rows={4}
        spellcheck={false}
        aria-invalid={props.error === undefined ? undefined : "true"}
        aria-describedby={props.error === undefined ? undefined : errorId}
      >
        {props.value}
      </textarea>
      {props.error !== undefined && (
        <p class="field-error" id={errorId}>
          <Icon name="circle-alert" />
          {props.error}
        </p>
      )}
    </div>
  );
}
