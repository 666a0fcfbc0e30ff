import { domId } from "../dom-id.ts";
import { hx } from "../hx.ts";
import { paths } from "../paths.ts";

/** On means scheduled. A form with one button, so that it works without JavaScript. */
export function PauseSwitch({ dagId, isPaused }: { readonly dagId: string; readonly isPaused: boolean }) {
  const id = domId("pause-switch", dagId);
  return (
    <form
      id={id}
      method="post"
      action={paths.pauseState(dagId)}
      {...hx({ post: paths.pauseState(dagId), target: "this", swap: "outerHTML" })}
    >
      <input type="hidden" name="is_paused" value={isPaused ? "false" : "true"} />
      <button
        type="submit"
        class="switch"
        role="switch"
        aria-checked={isPaused ? "false" : "true"}
        aria-label={`Scheduling of ${dagId}`}
        title={isPaused ? "Paused: new runs are created by hand only. Press to resume." : "Active. Press to pause."}
      />
    </form>
  );
}
