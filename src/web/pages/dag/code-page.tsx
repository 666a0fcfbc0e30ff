import type { DagProjection } from "../../../catalog/projection.ts";
import type { DagVersionSummary, DagVersionView } from "../../../catalog/sql/dag-versions.ts";
import { domId } from "../../dom-id.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Age } from "../../parts/instant.tsx";
import { paths, withQuery } from "../../paths.ts";
import { DagFrame } from "./dag-frame.tsx";

export interface CodeProps {
  readonly shell: Shell;
  readonly dag: DagProjection;
  readonly versions: readonly DagVersionSummary[];
  readonly shown: DagVersionView | null;
}

/** Longer sources are cut here, with a line that says so. */
const MAX_LINES = 5_000;

export function CodePage({ shell, dag, versions, shown }: CodeProps) {
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
          count={`v${shown.versionNumber}`}
          end={
            <span class="muted small">
              registered <Age at={shown.createdAt} />
            </span>
          }
        >
          {versions.length > 1 && (
            <nav class="log-bar" aria-label="Versions">
              {versions.map((version) => (
                <a
                  class={version.versionNumber === shown.versionNumber ? "button small primary" : "button small"}
                  href={`${paths.dagTab(dag.dagId, "code")}${withQuery({ version: version.versionNumber })}`}
                  aria-current={version.versionNumber === shown.versionNumber ? "page" : undefined}
                >
                  v{version.versionNumber}
                </a>
              ))}
            </nav>
          )}
          <SourceLines source={shown.source} />
        </Card>
      )}
    </DagFrame>
  );
}

function SourceLines({ source }: { readonly source: string }) {
  const lines = source.split("\n");
  return (
    <ol class="code" id={domId("dag", "source")} tabindex={0} aria-label="Source" hx-ignore>
      {lines.slice(0, MAX_LINES).map((line, place) => (
        <li id={`L${place + 1}`}>{line}</li>
      ))}
      {lines.length > MAX_LINES && <li>… {lines.length - MAX_LINES} more lines are not shown</li>}
    </ol>
  );
}
