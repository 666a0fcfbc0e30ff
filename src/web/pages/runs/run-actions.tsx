import type { DagRunView } from "../../../platform.ts";
import { hx } from "../../hx.ts";
import { Icon } from "../../parts/icon.tsx";
import type { IconName } from "../../parts/icon-names.ts";
import { paths, type RunAction, withQuery } from "../../paths.ts";

/** What can be done with a run. Each is a link to a page that says what will happen; scripts open it as a dialog. */
export function RunActions({ run }: { readonly run: DagRunView }) {
  const isLive = run.endAt === null;
  return (
    <>
      {isLive ? (
        <ActionLink run={run} action="cancellation" label="Cancel" icon="ban" isDanger />
      ) : (
        <ActionLink run={run} action="clearing" label="Clear" icon="eraser" />
      )}
      {run.state !== "success" && <ActionLink run={run} action="success" label="Mark success" icon="check" />}
      {run.state === "success" && <ActionLink run={run} action="failure" label="Mark failed" icon="x" />}
      <a
        class="button"
        href={`${paths.trigger(run.dagId)}${withQuery({ from_run: run.runId })}`}
        {...dialog(`${paths.trigger(run.dagId)}${withQuery({ from_run: run.runId })}`)}
      >
        <Icon name="play" />
        Trigger again
      </a>
      {!isLive && <ActionLink run={run} action="deletion" label="Delete" icon="trash-2" isDanger />}
    </>
  );
}

export function NoteLink({ run }: { readonly run: DagRunView }) {
  const href = paths.runAction(run.dagId, run.runId, "note");
  return (
    <a class="button small" href={href} {...dialog(href)}>
      {run.note === null ? "Add a note" : "Edit the note"}
    </a>
  );
}

function ActionLink(props: {
  readonly run: DagRunView;
  readonly action: RunAction;
  readonly label: string;
  readonly icon: IconName;
  readonly isDanger?: boolean;
}) {
  const href = paths.runAction(props.run.dagId, props.run.runId, props.action);
  return (
    <a class={props.isDanger ? "button danger" : "button"} href={href} {...dialog(href)}>
      <Icon name={props.icon} />
      {props.label}
    </a>
  );
}

function dialog(url: string) {
  return hx({ get: url, target: "#dialog", swap: "innerHTML" });
}
