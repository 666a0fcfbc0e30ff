import { domId } from "../../dom-id.ts";
import { Icon } from "../../parts/icon.tsx";
import { type Field, initialText } from "./fields.ts";

/** Names of inputs carry a prefix, so that a param called `note` is not the run's note. */
export const PARAM_PREFIX = "param.";

export interface ParamFieldProps {
  readonly field: Field;
  /** What was typed, when the form comes back with errors. */
  readonly typed: string | undefined;
  readonly error: string | undefined;
}

export function ParamField({ field, typed, error }: ParamFieldProps) {
  const id = domId("param", field.name);
  const errorId = domId("param-error", field.name);
  return (
    <div class="field">
      {field.kind !== "boolean" && (
        <label class="field-label" for={id}>
          {field.title} <span class="field-type">{describe(field)}</span>
        </label>
      )}
      <Control field={field} typed={typed} id={id} errorId={error === undefined ? undefined : errorId} />
      {field.help !== null && <p class="field-help">{field.help}</p>}
      {error !== undefined && (
        <p class="field-error" id={errorId}>
          <Icon name="circle-alert" />
          {error}
        </p>
      )}
    </div>
  );
}

function Control(props: {
  readonly field: Field;
  readonly typed: string | undefined;
  readonly id: string;
  readonly errorId: string | undefined;
}) {
  const { field, id, errorId } = props;
  const text = props.typed ?? initialText(field);
  const common = {
    id,
    name: `${PARAM_PREFIX}${field.name}`,
    "aria-invalid": errorId === undefined ? undefined : ("true" as const),
    "aria-describedby": errorId,
  };
  switch (field.kind) {
    case "boolean":
      return (
        <label class="checkbox">
          <input type="checkbox" value="true" checked={text === "true"} {...common} />
          {field.title}
        </label>
      );
    case "choice":
      return (
        <select class="select" {...common}>
          {!field.isRequired && <option value="">Default</option>}
          {field.choices.map((choice, place) => (
            <option
              value={String(place)}
              selected={
                props.typed === undefined
                  ? JSON.stringify(choice) === JSON.stringify(field.initial)
                  : props.typed === String(place)
              }
            >
              {typeof choice === "string" ? choice : JSON.stringify(choice)}
            </option>
          ))}
        </select>
      );
    case "number":
    case "integer":
      // `step=any`: the browser must not refuse what the schema allows; the scheduler's answer names the field.
      return (
        <input
          class="input"
          inputmode={field.kind === "integer" ? "numeric" : "decimal"}
          value={text}
          autocomplete="off"
          {...common}
        />
      );
    case "text":
      return text.includes("\n") ? (
        <textarea class="input" rows={5} {...common}>
          {text}
        </textarea>
      ) : (
        <input class="input" value={text} maxlength={field.maxLength ?? undefined} autocomplete="off" {...common} />
      );
    case "json":
      return (
        <textarea
          class="input mono"
          rows={Math.min(12, Math.max(2, text.split("\n").length))}
          spellcheck={false}
          {...common}
        >
          {text}
        </textarea>
      );
  }
}

function describe(field: Field): string {
  const kind = { text: "text", number: "number", integer: "whole number", boolean: "", choice: "", json: "JSON" }[
    field.kind
  ];
  const bounds =
    field.min !== null && field.max !== null && Math.abs(field.min) < 1e15 && field.max < 1e15
      ? ` from ${field.min} to ${field.max}`
      : "";
  return `${kind}${bounds}${field.isRequired ? ", required" : ""}`;
}
