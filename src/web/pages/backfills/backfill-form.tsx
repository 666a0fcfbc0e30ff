import { REPROCESS_BEHAVIORS } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { hx } from "../../hx.ts";
import { useClock } from "../../layout/clock.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { Icon } from "../../parts/icon.tsx";
import { JsonField } from "../../parts/json-field.tsx";
import { PreviewButton } from "../../parts/selection-fields.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { paths } from "../../paths.ts";
import type { BackfillErrors, TypedBackfill } from "./backfill-input.ts";
import { BACKFILL_PREVIEW, BackfillPreview, type PreviewProps } from "./backfill-preview.tsx";
import { REPROCESS_LABELS } from "./backfill-table.tsx";

export interface BackfillFormProps {
  readonly dagId: string;
  readonly isPaused: boolean;
  readonly typed: TypedBackfill;
  readonly errors: BackfillErrors;
  readonly preview: PreviewProps;
}

const FORM = "backfill";

/** What to run again or for the first time; the exact dates stand below the fields and follow them. */
export function BackfillForm({ dagId, isPaused, typed, errors, preview }: BackfillFormProps) {
  const { zone } = useClock();
  const action = paths.newBackfill(dagId);
  return (
    <ActionForm
      id={domId(FORM, "form")}
      action={paths.dagTab(dagId, "backfills")}
      submit="Start the backfill"
      backHref={paths.dagTab(dagId, "backfills")}
      error={errors[""]}
      extra={<PreviewButton action={action} />}
    >
      {isPaused && <p class="field-help">This DAG is paused: the runs wait until it is resumed.</p>}
      <div class="form" {...followFields(action)}>
        {(["from_date", "to_date"] as const).map((name) => (
          <TextField
            form={FORM}
            name={name}
            type="datetime-local"
            label={name === "from_date" ? "First logical date" : "Last logical date"}
            value={typed[name]}
            error={errors[name]}
            hint={`In ${zone}`}
            isRequired
          />
        ))}
        <ReprocessFields typed={typed} errors={errors} />
        <label class="checkbox">
          <input type="checkbox" name="run_backwards" value="true" checked={typed.run_backwards === "true"} />
          The latest date first
        </label>
        <FieldError message={errors["run_backwards"]} />
        <TextField
          form={FORM}
          name="max_active_runs"
          label="Active runs at once"
          value={typed.max_active_runs}
          error={errors["max_active_runs"]}
          inputMode="numeric"
        />
        <JsonField
          form={FORM}
          name="dag_run_conf"
          label="Configuration of each run"
          value={typed.dag_run_conf}
          error={errors["dag_run_conf"]}
        />
      </div>
      <BackfillPreview {...preview} />
    </ActionForm>
  );
}

/** The list follows the fields, which stay as they are: whoever types a date must not have it replaced under the hands. */
function followFields(action: string): Record<string, string> {
  return hx({
    get: action,
    trigger: "change, input delay:400ms",
    target: `#${BACKFILL_PREVIEW}`,
    swap: "outerHTML",
    include: "closest form",
    sync: "this:replace",
  });
}

function ReprocessFields({ typed, errors }: Pick<BackfillFormProps, "typed" | "errors">) {
  return (
    <fieldset class="field">
      <legend class="field-label">Dates that have a run already</legend>
      {REPROCESS_BEHAVIORS.map((choice) => (
        <label class="checkbox">
          <input type="radio" name="reprocess_behavior" value={choice} checked={typed.reprocess_behavior === choice} />
          {REPROCESS_LABELS[choice]}
        </label>
      ))}
      <FieldError message={errors["reprocess_behavior"]} />
    </fieldset>
  );
}

function FieldError({ message }: { readonly message: string | undefined }) {
  if (message === undefined) return null;
  return (
    <p class="field-error">
      <Icon name="circle-alert" />
      {message}
    </p>
  );
}
