import { domId } from "../dom-id.ts";
import { hx } from "../hx.ts";
import { paths } from "../paths.ts";

export interface PauseSwitchProps {
  readonly dagId: string;
  readonly isPaused: boolean;
  /** Says in words what the switch says; for the DAG's own page, where there is room. */
  readonly isLabelled?: boolean;
}

/** On means scheduled. A form with one button, so that it works without JavaScript. */
export function PauseSwitch({ dagId, isPaused, isLabelled = false }: PauseSwitchProps) {
  const action = paths.pauseState(dagId);
  return (
    <form
      id={domId("pause-switch", dagId)}
      class="switch-label"
      method="post"
      action={action}
      {...hx({ post: action, target: "this", swap: "outerHTML" })}
    >
      <input type="hidden" name="is_paused" value={isPaused ? "false" : "true"} />
      {isLabelled && <input type="hidden" name="labelled" value="true" />}
      {isLabelled && <span>{isPaused ? "Paused" : "Active"}</span>}
      <button
        type="submit"
        class="switch"
        role="switch"
        aria-checked={isPaused ? "false" : "true"}
        aria-label={`Scheduling of ${dagId}`}
        title={isPaused ? "Paused: nothing starts. Press to resume." : "Scheduled. Press to pause."}
      />
    </form>
  );
}
