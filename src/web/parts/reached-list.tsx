import type { Reached } from "../../platform.ts";
import { counted } from "../format.ts";
import { paths } from "../paths.ts";
import { StateBadge } from "./state-badge.tsx";

const SHOWN = 500;

/** What an action on task instances would change, before it does. */
export function ReachedList({ reached, verb }: { readonly reached: Reached; readonly verb: string }) {
  const { instances, total } = reached;
  if (total === 0) return <p class="muted">Nothing would be {verb}.</p>;
  const runs = new Set(instances.map(({ dagId, runId }) => `${dagId}/${runId}`));
  const dags = new Set(instances.map(({ dagId }) => dagId));
  return (
    <div class="stack">
      <p>
        <strong>{counted(total, "task instance")}</strong> would be {verb}
        {runs.size > 1 && ` in ${counted(runs.size, "run")}`}:
      </p>
      <ul class="scroll-list" aria-label={`What would be ${verb}`} tabindex={0}>
        {instances.slice(0, SHOWN).map((instance) => (
          <li>
            <StateBadge state={instance.state} />{" "}
            <a href={paths.task(instance)}>
              {instance.taskId}
              {instance.mapIndex >= 0 && ` [${instance.mapIndex}]`}
            </a>
            {runs.size > 1 && (
              <span class="muted">
                {" "}
                in {instance.runId}
                {dags.size > 1 && ` of ${instance.dagId}`}
              </span>
            )}
          </li>
        ))}
      </ul>
      {total > SHOWN && <p class="muted">and {total - SHOWN} more</p>}
    </div>
  );
}
