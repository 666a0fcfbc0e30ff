import { formatDuration } from "../../format.ts";
import { hx } from "../../hx.ts";
import { Icon } from "../../parts/icon.tsx";
import type { IconName } from "../../parts/icon-names.ts";
import type { TimeSpan } from "../../svg/waterfall.ts";
import { type GanttSteps, type GanttZoom, ganttSteps } from "./gantt-zoom.ts";

const steps: readonly (readonly [keyof GanttSteps, string, IconName, string])[] = [
  ["earlier", "Earlier", "chevron-left", "["],
  ["out", "Zoom out", "zoom-out", "-"],
  ["whole", "All of the run", "maximize", "0"],
  ["in", "Zoom in", "zoom-in", "+"],
  ["later", "Later", "chevron-right", "]"],
];

/** Links, so that a part of a long run can be shown without scripts and be sent to somebody. */
export function GanttZoomBar(props: {
  readonly whole: TimeSpan;
  readonly shown: TimeSpan;
  readonly region: string;
  readonly hrefOf: (zoom: GanttZoom) => string;
}) {
  const { whole, shown } = props;
  const targets = ganttSteps(whole, shown);
  return (
    <nav class="pages" aria-label="Time shown">
      {steps.map(([name, label, icon, key]) => {
        const target = targets[name];
        const href = target === null ? null : props.hrefOf(target);
        return href === null ? (
          <button type="button" class="button quiet small icon-only" aria-label={label} disabled>
            <Icon name={icon} />
          </button>
        ) : (
          <a
            class="button quiet small icon-only"
            href={href}
            aria-label={label}
            title={`${label} (${key})`}
            data-hotkey={key}
            {...hx({ get: href, target: `#${props.region}`, swap: "outerMorph show:none" })}
          >
            <Icon name={icon} />
          </a>
        );
      })}
      {targets.whole !== null && (
        <span class="small muted">
          {formatDuration(shown.from - whole.from)} to {formatDuration(shown.to - whole.from)} of{" "}
          {formatDuration(whole.to - whole.from)}
        </span>
      )}
    </nav>
  );
}
