import type { Blocker, TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { Banner } from "../../parts/banner.tsx";
import { TaskErrorText } from "../../parts/task-error.tsx";

/** The answer to "why is it not running?", or to "why did it fail?". */
export function WhyItStandsSo({
  shown,
  blockers,
}: {
  readonly shown: TaskInstanceView;
  readonly blockers: readonly Blocker[];
}) {
  const { error, state } = shown;
  if (error !== null && (state === "failed" || state === "up_for_retry")) {
    return (
      <>
        {blockers.length > 0 && <Waiting blockers={blockers} />}
        <Banner tone="danger" id={domId("task-instance", "error")} title={`${error.name}: ${error.message}`}>
          <TaskErrorText error={error} />
        </Banner>
      </>
    );
  }
  if (blockers.length > 0) return <Waiting blockers={blockers} />;
  if (shown.reason === null || state === "success" || state === "running") return null;
  return (
    <Banner
      tone={state === "failed" || state === "upstream_failed" ? "danger" : "plain"}
      id={domId("task-instance", "reason")}
      title={reasonText(shown.reason)}
    />
  );
}

function Waiting({ blockers }: { readonly blockers: readonly Blocker[] }) {
  return (
    <Banner tone="waiting" id={domId("task-instance", "blockers")} title="Why it waits">
      <ul class="blockers">
        {blockers.map((blocker) => (
          <li>
            {blocker.reason} <code>{blocker.rule}</code>
          </li>
        ))}
      </ul>
    </Banner>
  );
}

function reasonText(reason: string): string {
  const text = reason.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
