import type { Child } from "hono/jsx";
import { hx } from "../hx.ts";
import type { NavKey } from "../layout/nav.tsx";
import { Page, type Shell } from "../layout/page.tsx";
import type { Crumb } from "../layout/top-bar.tsx";
import { Icon } from "./icon.tsx";

export interface ActionFormProps {
  readonly action: string;
  readonly submit: string;
  readonly isDanger?: boolean;
  /** Where "back" leads on the page, and what closes the dialog. */
  readonly backHref: string;
  readonly id: string;
  /** Why it was refused, when it comes back. */
  readonly error?: string | undefined;
  /** Beside the submit button. */
  readonly extra?: Child;
  readonly children: Child;
}

/** A form that says what will happen before it does. The content of a dialog, or of a page of its own. */
export function ActionForm(props: ActionFormProps) {
  return (
    <form
      class="form"
      id={props.id}
      method="post"
      action={props.action}
      {...hx({ post: props.action, target: "this", swap: "outerHTML", disable: "find button" })}
    >
      {props.error !== undefined && (
        <p class="field-error" role="alert">
          <Icon name="circle-alert" />
          {props.error}
        </p>
      )}
      {props.children}
      <div class="form-foot">
        <a class="button" href={props.backHref} data-close>
          Back
        </a>
        {props.extra}
        <button type="submit" class={props.isDanger ? "button danger" : "button primary"}>
          {props.submit}
        </button>
      </div>
    </form>
  );
}

export function ActionDialog({ title, children }: { readonly title: string; readonly children: Child }) {
  return (
    <>
      <header class="dialog-head">
        <h2>{title}</h2>
        <form method="dialog">
          <button type="submit" class="button quiet small icon-only" aria-label="Close">
            <Icon name="x" />
          </button>
        </form>
      </header>
      <div class="dialog-body">{children}</div>
    </>
  );
}

export function ActionPage(props: {
  readonly shell: Shell;
  readonly title: string;
  readonly crumbs: readonly Crumb[];
  readonly nav?: NavKey | null;
  readonly children: Child;
}) {
  return (
    <Page
      shell={props.shell}
      title={props.title}
      nav={props.nav === undefined ? "dags" : props.nav}
      crumbs={props.crumbs}
    >
      <div class="sheet stack">
        <h1>{props.title}</h1>
        {props.children}
      </div>
    </Page>
  );
}
