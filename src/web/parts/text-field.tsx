import type { Child } from "hono/jsx";
import { domId } from "../dom-id.ts";
import { Icon } from "./icon.tsx";

export interface TextFieldProps {
  readonly form: string;
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly error?: string | undefined;
  readonly hint?: Child;
  readonly type?: "text" | "password" | "datetime-local";
  readonly isRequired?: boolean;
  readonly maxLength?: number;
  readonly inputMode?: "numeric";
  readonly autocomplete?: string;
  readonly list?: string;
}

/** One line of text with its label, its hint and, when it was refused, the reason: tied together for screen readers. */
export function TextField(props: TextFieldProps) {
  const id = domId(props.form, props.name);
  const about = [props.hint === undefined ? "" : `${id}-hint`, props.error === undefined ? "" : `${id}-error`];
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {props.label}
      </label>
      <input
        class="input"
        id={id}
        name={props.name}
        type={props.type ?? "text"}
        value={props.value}
        required={props.isRequired}
        maxlength={props.maxLength}
        inputmode={props.inputMode}
        autocomplete={props.autocomplete ?? "off"}
        list={props.list}
        aria-invalid={props.error === undefined ? undefined : "true"}
        aria-describedby={about.filter(Boolean).join(" ") || undefined}
      />
      {props.hint !== undefined && (
        <p class="field-help" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
      {props.error !== undefined && (
        <p class="field-error" id={`${id}-error`}>
          <Icon name="circle-alert" />
          {props.error}
        </p>
      )}
    </div>
  );
}
