import type { TaskInstanceView } from "../../../platform.ts";
import { domId } from "../../dom-id.ts";
import { ActionForm } from "../../parts/action-form.tsx";
import { StateBadge } from "../../parts/state-badge.tsx";
import { paths } from "../../paths.ts";

export function TaskClearingForm({
  instance,
  error,
}: {
  readonly instance: TaskInstanceView;
  readonly error?: string | undefined;
}) {
  const { dagId, runId, taskId, mapIndex } = instance;
  return (
    <ActionForm
      id={domId("task-instance", "clearing")}
      action={paths.taskClearing(instance)}
      submit="Clear and run again"
      backHref={paths.task({ dagId, runId, taskId, mapIndex })}
      error={error}
    >
      <p>
        <strong>{taskId}</strong> in <code>{runId}</code> <StateBadge state={instance.state} />
      </p>
      <label class="checkbox">
        <input type="checkbox" name="downstream" value="true" checked />
        Also everything downstream of it
      </label>
      <p class="field-help">
        It runs again in the same run, with the code that is deployed now. Past tries and their logs stay.
      </p>
    </ActionForm>
  );
}
