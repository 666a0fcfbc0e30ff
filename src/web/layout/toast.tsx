import { Icon } from "../parts/icon.tsx";

/** What an action says after it: shown once, on the page that follows it. */
export interface Flash {
  readonly tone: "done" | "danger";
  readonly text: string;
  readonly requestId?: string;
}

export function Toast({ flash }: { readonly flash: Flash }) {
  return (
    <div class={`toast is-${flash.tone}`} role={flash.tone === "danger" ? "alert" : undefined}>
      <Icon name={flash.tone === "danger" ? "circle-alert" : "circle-check"} />
      <span>
        {flash.text}
        {flash.requestId !== undefined && <span class="muted"> (request {flash.requestId})</span>}
      </span>
      <button type="button" class="button quiet small icon-only" data-dismiss aria-label="Dismiss">
        <Icon name="x" />
      </button>
    </div>
  );
}

/** The same, put into the page beside whatever else an htmx answer brings. */
export function ToastPartial({ flash }: { readonly flash: Flash }) {
  return (
    <hx-partial hx-target="#toasts" hx-swap="innerHTML">
      <Toast flash={flash} />
    </hx-partial>
  );
}
