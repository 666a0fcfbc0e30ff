import type { Blocker, TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { Banner } from "../../parts/banner.tsx";
import { TaskErrorText } from "../../parts/task-error.tsx";
import { reasonText } from "../../reasons.ts";

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
  // A try that nobody reported has no error; why the scheduler gave it up stands beside why the next one waits.
  const isFailedTry = state === "up_for_retry" && shown.reason !== null;
  return (
    <>
      {blockers.length > 0 && <Waiting blockers={blockers} />}
      {(blockers.length === 0 || isFailedTry) && <Ending shown={shown} />}
    </>
  );
}

function Ending({ shown }: { readonly shown: TaskInstanceView }) {
  const { reason, state } = shown;
  if (reason === null || state === "success" || state === "running") return null;
  const { title, detail } = reasonText(reason);
  const isFailure = state === "failed" || state === "upstream_failed" || state === "up_for_retry";
  return (
    <Banner tone={isFailure ? "danger" : "plain"} id={domId("task-instance", "reason")} title={title}>
      {detail}
    </Banner>
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
