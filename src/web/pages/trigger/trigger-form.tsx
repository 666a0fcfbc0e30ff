import { domId } from "../../dom-id.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { Icon } from "../../parts/icon.tsx";
import { paths } from "../../paths.ts";
import type { Field } from "./fields.ts";
import { ParamField } from "./param-field.tsx";

export interface TriggerProps {
  readonly dagId: string;
  readonly isPaused: boolean;
  readonly fields: readonly Field[];
  /** Made for this form: a form sent twice makes one run. */
  readonly idempotencyKey: string;
  /** What was typed before, by the name of its input. */
  readonly typed: Readonly<Record<string, string>>;
  /** By the name of a param, `conf`, `logical_date` or `run_id`; "" is the whole form. */
  readonly errors: Readonly<Record<string, string>>;
}

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
        <p class="field-help">This DAG is paused. The run starts all the same; only its schedule is off.</p>
      )}
      {fields.map((field) => (
        <ParamField field={field} typed={typed[field.name]} error={errors[field.name]} />
      ))}
      {fields.length === 0 && <RawConf typed={typed["conf"]} error={errors["conf"]} />}
      <details open={errors["logical_date"] !== undefined || errors["run_id"] !== undefined}>
        <summary class="small">Logical date, run id and note</summary>
        <div class="form card-body">
          <Optional
            name="logical_date"
            label="Logical date"
            hint="UTC, e.g. 2026-01-31T06:00; now when empty"
            typed={typed}
            errors={errors}
          />
          <Optional name="run_id" label="Run id" hint="Made from the time when empty" typed={typed} errors={errors} />
          <Optional name="note" label="Note" hint="Shown with the run" typed={typed} errors={errors} />
        </div>
      </details>
    </ActionForm>
  );
}

function RawConf({ typed, error }: { readonly typed: string | undefined; readonly error: string | undefined }) {
  const errorId = domId("trigger", "conf-error");
  return (
    <div class="field">
      <label class="field-label" for={domId("trigger", "conf")}>
        Configuration <span class="field-type">JSON object</span>
      </label>
      <textarea
        class="input mono"
        id={domId("trigger", "conf")}
        name="conf"
        rows={4}
        spellcheck={false}
        aria-invalid={error === undefined ? undefined : "true"}
        aria-describedby={error === undefined ? undefined : errorId}
      >
        {typed ?? "{}"}
      </textarea>
      {error !== undefined && (
        <p class="field-error" id={errorId}>
          <Icon name="circle-alert" />
          {error}
        </p>
      )}
    </div>
  );
}

function Optional(props: {
  readonly name: "logical_date" | "run_id" | "note";
  readonly label: string;
  readonly hint: string;
  readonly typed: Readonly<Record<string, string>>;
  readonly errors: Readonly<Record<string, string>>;
}) {
  const id = domId("trigger", props.name);
  const error = props.errors[props.name];
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {props.label}
      </label>
      <input
        class="input"
        id={id}
        name={props.name}
        value={props.typed[props.name] ?? ""}
        autocomplete="off"
        aria-invalid={error === undefined ? undefined : "true"}
        aria-describedby={`${id}-hint`}
      />
      <p class={error === undefined ? "field-help" : "field-error"} id={`${id}-hint`}>
        {error ?? props.hint}
      </p>
    </div>
  );
}
