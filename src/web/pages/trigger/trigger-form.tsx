import type { Json } from "../../../lib/json.ts";
import { domId } from "../../dom-id.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { JsonField } from "../../parts/json-field.tsx";
import { paths } from "../../paths.ts";
import { DateTimeInput } from "./date-time-input.tsx";
import type { Field } from "./fields.ts";
import { ParamField } from "./param-field.tsx";

export interface TriggerProps {
  readonly dagId: string;
  readonly isPaused: boolean;
  readonly fields: readonly Field[];
  /** What the fields come to as they are shown first. */
  readonly conf: Json;
  /** Made for this form: a form sent twice makes one run. */
  readonly idempotencyKey: string;
  /** What was typed before, by the name of its input. */
  readonly typed: Readonly<Record<string, string>>;
  /** By the name of a param, `conf`, `logical_date` or `run_id`; "" is the whole form. */
  readonly errors: Readonly<Record<string, string>>;
}

/** Instants of a run that a user may set; each in the reader's zone. */
export const INSTANT_FIELDS = ["logical_date", "data_interval_start", "data_interval_end", "run_after"] as const;
type InstantField = (typeof INSTANT_FIELDS)[number];

const instantTexts: Readonly<Record<InstantField, { readonly label: string; readonly hint: string }>> = {
  logical_date: { label: "Logical date", hint: "None when empty" },
  data_interval_start: {
    label: "Data interval from",
    hint: "What the schedule makes of the logical date when empty",
  },
  data_interval_end: { label: "Data interval to", hint: "Both ends, or none" },
  run_after: { label: "Not before", hint: "Until then the run waits in the queue" },
};

export const TRIGGER_FORM = domId("trigger", "form");

export function TriggerForm(props: TriggerProps) {
  const { dagId, fields, typed, errors } = props;
  return (
    <ActionForm
      id={TRIGGER_FORM}
      action={paths.runs(dagId)}
      submit="Trigger"
      backHref={paths.dag(dagId)}
      error={errors[""]}
    >
      <input type="hidden" name="idempotency_key" value={props.idempotencyKey} />
      {props.isPaused && (
        <div class="field">
          <label class="checkbox">
            <input type="checkbox" name="resume" value="true" checked={typed["resume"] !== "false"} />
            Resume the DAG
          </label>
          <p class="field-help">It is paused: until it is resumed the run waits in the queue.</p>
        </div>
      )}
      {sectionsOf(fields).map(({ title, members }) => {
        const content = members.map((field) => (
          <ParamField field={field} typed={typed[field.name]} error={errors[field.name]} />
        ));
        if (title === "") return content;
        return (
          <fieldset class="form param-section">
            <legend>{title}</legend>
            {content}
          </fieldset>
        );
      })}
      {fields.length === 0 ? (
        <RawConf typed={typed["conf"]} error={errors["conf"]} />
      ) : (
        <SyncedConf conf={props.conf} typed={typed} error={errors["conf"]} />
      )}
      <details open={["run_id", ...INSTANT_FIELDS].some((name) => errors[name] !== undefined)}>
        <summary class="small">Dates, run id and note</summary>
        <div class="form card-body">
          {INSTANT_FIELDS.map((name) => (
            <Optional name={name} {...instantTexts[name]} typed={typed} errors={errors} isInstant />
          ))}
          <Optional name="run_id" label="Run id" hint="Made from the time when empty" typed={typed} errors={errors} />
          <Optional name="note" label="Note" hint="Shown with the run" typed={typed} errors={errors} />
        </div>
      </details>
    </ActionForm>
  );
}

/** Fields in the order of their sections' first members. */
function sectionsOf(fields: readonly Field[]) {
  return [...Map.groupBy(fields, ({ section }) => section)].map(([title, members]) => ({ title, members }));
}

/** The same values as JSON. Scripts keep both in step; without them the box says which one is meant. */
function SyncedConf(props: {
  readonly conf: Json;
  readonly typed: Readonly<Record<string, string>>;
  readonly error: string | undefined;
}) {
  const { typed, error } = props;
  const isUsed = typed["use_conf"] === "true";
  return (
    <details open={isUsed || error !== undefined} data-conf>
      <summary class="small">The same as JSON</summary>
      <div class="form card-body">
        <RawConf typed={typed["conf"] || JSON.stringify(props.conf, null, 2)} error={error} />
        <label class="checkbox">
          <input type="checkbox" name="use_conf" value="true" checked={isUsed} />
          Take this JSON instead of the fields
        </label>
      </div>
    </details>
  );
}

function RawConf({ typed, error }: { readonly typed: string | undefined; readonly error: string | undefined }) {
  return <JsonField form="trigger" name="conf" label="Configuration" value={typed ?? "{}"} error={error} />;
}

function Optional(props: {
  readonly name: InstantField | "run_id" | "note";
  readonly label: string;
  readonly hint: string;
  readonly isInstant?: boolean;
  readonly typed: Readonly<Record<string, string>>;
  readonly errors: Readonly<Record<string, string>>;
}) {
  const id = domId("trigger", props.name);
  const error = props.errors[props.name];
  const common = {
    id,
    name: props.name,
    value: props.typed[props.name] ?? "",
    "aria-invalid": error === undefined ? undefined : ("true" as const),
    "aria-describedby": `${id}-hint`,
  };
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {props.label}
      </label>
      {props.isInstant ? <DateTimeInput {...common} /> : <input class="input" autocomplete="off" {...common} />}
      <p class={error === undefined ? "field-help" : "field-error"} id={`${id}-hint`}>
        {error ?? props.hint}
      </p>
    </div>
  );
}
