import { hx } from "../hx.ts";
import { paths } from "../paths.ts";
import { Icon } from "./icon.tsx";

/** A link to the trigger page; with JavaScript the page opens as a dialog. */
export function TriggerButton({ dagId, isCompact = false }: { readonly dagId: string; readonly isCompact?: boolean }) {
  const opensDialog = hx({ get: paths.trigger(dagId), target: "#dialog", swap: "innerHTML" });
  if (isCompact) {
    return (
      <a
        class="button quiet small icon-only"
        href={paths.trigger(dagId)}
        aria-label={`Trigger ${dagId}`}
        title="Trigger a run"
        {...opensDialog}
      >
        <Icon name="play" />
      </a>
    );
  }
  return (
    <a class="button primary" href={paths.trigger(dagId)} {...opensDialog}>
      <Icon name="play" />
      Trigger
    </a>
  );
}
