import type { Json } from "../../../lib/json.ts";
import { domId } from "../../dom-id.ts";
import { formatInstantInput } from "../../instant-input.ts";
import { useClock } from "../../layout/clock.ts";
import { Icon } from "../../parts/icon.tsx";
import { DateTimeInput } from "./date-time-input.tsx";
import { canBeEmptied, type Field, type FieldKind, initialText } from "./fields.ts";

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
  const emptyHelp = emptyHelpOf(field);
  const helpId = emptyHelp === null ? undefined : domId("param-help", field.name);
  const about = [helpId, error === undefined ? undefined : errorId].filter(Boolean).join(" ") || undefined;
  return (
    <div class="field">
      {field.kind !== "boolean" && field.kind !== "choices" && (
        <label class="field-label" for={id}>
          {field.title} <span class="field-type">{describe(field)}</span>
        </label>
      )}
      <Control field={field} typed={typed} id={id} about={about} isRefused={error !== undefined} />
      {field.help !== null && <p class="field-help">{field.help}</p>}
      {emptyHelp !== null && (
        <p class="field-help" id={helpId}>
          {emptyHelp}
        </p>
      )}
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
  /** The ids of what explains it. */
  readonly about: string | undefined;
  readonly isRefused: boolean;
}) {
  const { field, id } = props;
  const { zone } = useClock();
  const text = props.typed ?? initialText(field);
  const common = {
    id,
    name: `${PARAM_PREFIX}${field.name}`,
    "data-param": field.kind,
    "data-fallback": fallbackText(field),
    "data-empty": canBeEmptied(field) ? "true" : undefined,
    "aria-invalid": props.isRefused ? ("true" as const) : undefined,
    "aria-describedby": props.about,
  };
  switch (field.kind) {
    case "boolean":
      return (
        <label class="checkbox">
          <input type="checkbox" value="true" checked={text === "true"} {...common} />
          {field.title}
        </label>
      );
    case "choices":
      return <Choices {...props} />;
    case "multiline":
    case "lines":
      return (
        <textarea class="input" rows={Math.min(12, Math.max(3, text.split("\n").length))} {...common}>
          {text}
        </textarea>
      );
    case "date":
    case "time":
      return <input class="input" type={field.kind} value={text} {...common} />;
    case "datetime":
      return <DateTimeInput value={props.typed ?? initialInstant(field, zone)} {...common} />;
    case "choice":
      return (
        <select class="select" {...common}>
          {!field.isRequired && <option value="">{emptyChoice(field)}</option>}
          {field.choices.map((choice, place) => (
            <option
              value={String(place)}
              data-choice={JSON.stringify(choice)}
              selected={
                props.typed === undefined
                  ? JSON.stringify(choice) === JSON.stringify(field.initial)
                  : props.typed === String(place)
              }
            >
              {choiceText(choice)}
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
      return (
        <>
          <input
            class="input"
            value={text}
            maxlength={field.maxLength ?? undefined}
            autocomplete="off"
            list={field.proposals.length > 0 ? `${id}-list` : undefined}
            {...common}
          />
          {field.proposals.length > 0 && (
            <datalist id={`${id}-list`}>
              {field.proposals.map((proposal) => (
                <option value={proposal} />
              ))}
            </datalist>
          )}
        </>
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

/** Several of a list: boxes, which a keyboard and a thumb can use, unlike a list that needs Ctrl. */
function Choices({ field, typed, about }: Parameters<typeof Control>[0]) {
  const before = typed === undefined ? field.initial : (JSON.parse(typed) as readonly string[]);
  const isOn = (choice: Json, place: number) =>
    Array.isArray(before) &&
    before.some((one) =>
      typed === undefined ? JSON.stringify(one) === JSON.stringify(choice) : one === String(place),
    );
  return (
    <fieldset class="field" aria-describedby={about}>
      <legend class="field-label">{field.title}</legend>
      <input type="hidden" name={`${PARAM_PREFIX}${field.name}`} value="" />
      <span class="choices">
        {field.choices.map((choice, place) => (
          <label class="checkbox">
            <input
              type="checkbox"
              name={`${PARAM_PREFIX}${field.name}`}
              value={String(place)}
              checked={isOn(choice, place)}
              data-param={field.kind}
              data-fallback={fallbackText(field)}
              data-choice={JSON.stringify(choice)}
            />
            {choiceText(choice)}
          </label>
        ))}
      </span>
    </fieldset>
  );
}

function initialInstant({ initial }: Field, zone: string): string {
  const at = typeof initial === "string" ? Date.parse(initial) : Number.NaN;
  return Number.isNaN(at) ? "" : formatInstantInput(at, zone);
}

function choiceText(choice: Json): string {
  return typeof choice === "string" ? choice : JSON.stringify(choice);
}

function emptyChoice({ fallback }: Field): string {
  return fallback === undefined ? "Not given" : `Default: ${choiceText(fallback)}`;
}

/** A default longer than this is not repeated: it stood in the field. */
const NAMED_LENGTH = 80;

/** Where nothing cannot be sent, an empty field means the default, which must not come as a surprise. */
function emptyHelpOf(field: Field): string | null {
  if (field.fallback === undefined || canBeEmptied(field)) return null;
  if (field.kind === "boolean" || field.kind === "choices" || field.kind === "choice") return null;
  const fallback = choiceText(field.fallback);
  return fallback.length <= NAMED_LENGTH ? `When empty: the default, ${fallback}` : "When empty: the default";
}

/** For the script that keeps the fields and the JSON alike. */
function fallbackText({ fallback }: Field): string | undefined {
  return fallback === undefined ? undefined : JSON.stringify(fallback);
}

const kindNames: Readonly<Record<FieldKind, string>> = {
  text: "text",
  multiline: "text",
  number: "number",
  integer: "whole number",
  boolean: "",
  choice: "",
  choices: "",
  lines: "one per line",
  date: "date",
  datetime: "date and time",
  time: "time",
  json: "JSON",
};

function describe(field: Field): string {
  const kind = kindNames[field.kind];
  const bounds =
    field.min !== null && field.max !== null && Math.abs(field.min) < 1e15 && field.max < 1e15
      ? ` from ${field.min} to ${field.max}`
      : "";
  return `${kind}${bounds}${field.isRequired ? ", required" : ""}`;
}
