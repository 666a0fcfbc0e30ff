import { Icon } from "../../parts/icon.tsx";
import { paths } from "../../paths.ts";
import { STATE_ICONS, stateLabel } from "../../states.ts";
import type { TaskData, TaskTab } from "./task-frame.tsx";

/** One link per try, when there is more than one. */
export function TryLinks({ data, tab }: { readonly data: TaskData; readonly tab: TaskTab }) {
  if (data.tries.length < 2) return null;
  const { dagId, runId, taskId, mapIndex } = data.current;
  return (
    <nav class="chips" aria-label="Tries">
      {data.tries.map((instance) => (
        <a
          class={`button small${instance.tryNumber === data.shown.tryNumber ? " is-current" : ""}`}
          href={paths.task({ dagId, runId, taskId, mapIndex, tryNumber: instance.tryNumber }, tab)}
          aria-current={instance.tryNumber === data.shown.tryNumber ? "page" : undefined}
          title={stateLabel(instance.state)}
        >
          <span class={`try-state state-${instance.state}`}>
            <Icon name={STATE_ICONS[instance.state]} />
          </span>
          Try {instance.tryNumber}
        </a>
      ))}
    </nav>
  );
}
