import { domId } from "../../dom-id.ts";
import { hx } from "../../hx.ts";
import { THEMES } from "../../layout/document.tsx";
import { DENSITIES, type Preferences } from "../../layout/preferences.ts";
import { themeLabels } from "../../layout/user-menu.tsx";
import { TextField } from "../../parts/text-field.tsx";
import { paths } from "../../paths.ts";

const densityLabels = { comfortable: "Comfortable", compact: "Compact" } as const;

/** Its answer is the page it was opened on, drawn anew. */
export function PreferencesForm(props: {
  readonly preferences: Preferences;
  readonly zones: readonly string[];
  /** What was typed as a zone and is none. */
  readonly wrongZone: string | null;
  /** Where it was opened. */
  readonly next: string;
}) {
  const { preferences, wrongZone } = props;
  const list = domId("preferences", "zones");
  return (
    <form
      class="form"
      id={domId("preferences", "form")}
      method="post"
      action={paths.preferences}
      {...hx({ post: paths.preferences, target: "this", swap: "outerHTML", disable: "find button" })}
    >
      <input type="hidden" name="next" value={props.next} />
      <TextField
        form="preferences"
        name="zone"
        label="Time zone"
        value={wrongZone ?? preferences.zone}
        error={wrongZone === null ? undefined : "There is no zone of this name"}
        hint="All times are shown in it; UTC stands beside them. A name such as Europe/Berlin"
        list={list}
        maxLength={100}
      />
      <datalist id={list}>
        {props.zones.map((zone) => (
          <option value={zone} />
        ))}
      </datalist>
      <p class="needs-script" hidden data-own-zone>
        <button type="button" class="button small" />
      </p>
      <Segments
        legend="Appearance"
        name="theme"
        value={preferences.theme}
        choices={THEMES.map((value) => ({ value, label: themeLabels[value] }))}
      />
      <Segments
        legend="Rows"
        name="density"
        value={preferences.density}
        choices={DENSITIES.map((value) => ({ value, label: densityLabels[value] }))}
      />
      <label class="checkbox">
        <input type="checkbox" name="keys" value="on" checked={preferences.hasKeys} />
        Single keys act as shortcuts
      </label>
      <div class="form-foot">
        <a class="button" href={props.next} data-close>
          Back
        </a>
        <button type="submit" class="button primary">
          Save
        </button>
      </div>
    </form>
  );
}

function Segments(props: {
  readonly legend: string;
  readonly name: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}) {
  return (
    <fieldset class="field">
      <legend class="field-label">{props.legend}</legend>
      <span class="segments">
        {props.choices.map(({ value, label }) => (
          <label class="segment">
            <input type="radio" name={props.name} value={value} checked={value === props.value} />
            {label}
          </label>
        ))}
      </span>
    </fieldset>
  );
}
