import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import { formatInstant } from "../../format.ts";
import { hx } from "../../hx.ts";
import { useClock } from "../../layout/clock.ts";
import { Icon } from "../../parts/icon.tsx";
import { stateSign } from "../../states.ts";

export interface RunPickerProps {
  /** Newest first. */
  readonly runs: readonly DagRunBar[];
  readonly shown: DagRunBar | null;
  readonly action: string;
  readonly region: string;
  /** What else the address says of the view. */
  readonly fields: Readonly<Record<string, string | number | null>>;
  readonly hrefOf: (runId: string) => string;
}

/** Which run a view shows: a list of the latest, and the way to the one before and after. */
export function RunPicker({ runs, shown, action, region, fields, hrefOf }: RunPickerProps) {
  const { zone } = useClock();
  if (shown === null) return null;
  const listed = runs.some(({ runId }) => runId === shown.runId) ? runs : [shown, ...runs];
  const place = listed.findIndex(({ runId }) => runId === shown.runId);
  const swap = { target: `#${region}`, swap: "outerMorph show:none" } as const;
  const step = (run: DagRunBar | undefined, label: string, icon: "chevron-left" | "chevron-right") =>
    run === undefined ? null : (
      <a
        class="button quiet small icon-only"
        href={hrefOf(run.runId)}
        aria-label={label}
        title={label}
        {...hx({ get: hrefOf(run.runId), ...swap })}
      >
        <Icon name={icon} />
      </a>
    );
  return (
    <form method="get" action={action} class="run-picker" {...hx({ get: action, trigger: "change, submit", ...swap })}>
      {Object.entries(fields).map(([name, value]) =>
        value === null || value === "" ? null : <input type="hidden" name={name} value={String(value)} />,
      )}
      {step(listed[place + 1], "Run before", "chevron-left")}
      <select class="select" name="run" aria-label="Run">
        {listed.map((run) => (
          <option value={run.runId} selected={run.runId === shown.runId}>
            {`${stateSign(run.state)} · ${formatInstant(run.logicalAt ?? run.runAfterAt, zone).slice(0, 16)} · ${run.runType.replaceAll("_", " ")}`}
          </option>
        ))}
      </select>
      {step(listed[place - 1], "Run after", "chevron-right")}
      <noscript>
        <button type="submit" class="button small">
          Show
        </button>
      </noscript>
    </form>
  );
}
