import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagVersionSummary, DagVersionView } from "../../../catalog/sql/dag-versions.ts";
import { readDisplay } from "../../display.ts";
import { domId } from "../../dom-id.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Age } from "../../parts/instant.tsx";
import { SourceLines } from "../../parts/source-lines.tsx";
import { paths, withQuery } from "../../paths.ts";
import { DagFrame } from "./dag-frame.tsx";
import { SourceDiff } from "./source-diff.tsx";

export interface CodeProps {
  readonly shell: Shell;
  readonly dag: DagProjection;
  /** Newest first. */
  readonly versions: readonly DagVersionSummary[];
  readonly shown: DagVersionView | null;
  /** The version that the shown one is compared with. */
  readonly other: DagVersionView | null;
}

export function CodePage({ shell, dag, versions, shown, other }: CodeProps) {
  return (
    <DagFrame shell={shell} dag={dag} tab="code">
      {shown === null ? (
        <div class="card">
          <EmptyState icon="file-code" title="This version is not in the catalog">
            It arrives with the next flush of the DAG's scheduler, or never existed.
          </EmptyState>
        </div>
      ) : (
        <Card
          title={shown.filePath}
          count={other === null ? `v${shown.versionNumber}` : `v${other.versionNumber} to v${shown.versionNumber}`}
          end={
            <>
              <span class="muted small">
                registered <Age at={shown.createdAt} />
              </span>
              <a
                class="button small"
                href={`${paths.dagTab(dag.dagId, "graph")}${withQuery({ version: shown.versionNumber })}`}
              >
                Its graph
              </a>
            </>
          }
        >
          {versions.length > 1 && <VersionBar dag={dag} versions={versions} shown={shown} other={other} />}
          {other === null ? (
            <SourceLines source={shown.source} spans={readDisplay(shown.display)?.code} id={domId("dag", "source")} />
          ) : (
            <SourceDiff before={other} after={shown} />
          )}
        </Card>
      )}
    </DagFrame>
  );
}

interface VersionBarProps {
  readonly dag: DagProjection;
  readonly versions: readonly DagVersionSummary[];
  readonly shown: DagVersionView;
  readonly other: DagVersionView | null;
}

function VersionBar({ dag, versions, shown, other }: VersionBarProps) {
  const action = paths.dagTab(dag.dagId, "code");
  const text = ({ versionNumber }: DagVersionSummary) => `v${versionNumber}`;
  return (
    <form method="get" action={action} class="view-bar">
      <label class="range small muted">
        Version
        <select class="select" name="version">
          {versions.map((version) => (
            <option value={String(version.versionNumber)} selected={version.versionNumber === shown.versionNumber}>
              {text(version)}
            </option>
          ))}
        </select>
      </label>
      <label class="range small muted">
        compared with
        <select class="select" name="against">
          <option value="">nothing</option>
          {versions
            .filter(({ versionNumber }) => versionNumber !== shown.versionNumber)
            .map((version) => (
              <option value={String(version.versionNumber)} selected={version.versionNumber === other?.versionNumber}>
                {text(version)}
              </option>
            ))}
        </select>
      </label>
      <button type="submit" class="button">
        Show
      </button>
      {other === null && shown.versionNumber > 1 && (
        <a
          class="button quiet"
          href={`${action}${withQuery({ version: shown.versionNumber, against: shown.versionNumber - 1 })}`}
        >
          What changed in v{shown.versionNumber}
        </a>
      )}
    </form>
  );
}
