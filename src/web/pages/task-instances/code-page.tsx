import type { DagVersionView } from "../../../catalog/sql/dag-versions.ts";
import { readDisplay } from "../../display.ts";
import { domId } from "../../dom-id.ts";
import type { Shell } from "../../layout/page.tsx";
import { Card } from "../../parts/card.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { MAX_LINES, SourceLines } from "../../parts/source-lines.tsx";
import { paths, withQuery } from "../../paths.ts";
import { type TaskData, TaskFrame } from "./task-frame.tsx";

/** The file of the version that the run is pinned to, and where it names the task. */
export function TaskCodePage(props: {
  readonly shell: Shell;
  readonly data: TaskData;
  readonly version: DagVersionView | null;
  readonly ptag: string;
}) {
  const { data, version } = props;
  const { dagId, taskId } = data.current;
  return (
    <TaskFrame shell={props.shell} data={data} tab="/code" ptag={props.ptag}>
      {version === null ? (
        <div class="card">
          <EmptyState icon="file-code" title="The version of this run is not in the catalog">
            It arrives with the next flush of the DAG's scheduler, or its retention is over.
          </EmptyState>
        </div>
      ) : (
        <Card
          title={version.filePath}
          count={`v${version.versionNumber}`}
          end={
            <>
              <LineOfTask source={version.source} taskId={taskId} />
              <a
                class="button small"
                href={`${paths.dagTab(dagId, "code")}${withQuery({ version: version.versionNumber })}`}
              >
                All versions
              </a>
            </>
          }
        >
          <SourceLines
            source={version.source}
            spans={readDisplay(version.display)?.code}
            id={domId("task-instance", "source")}
          />
        </Card>
      )}
    </TaskFrame>
  );
}

function LineOfTask({ source, taskId }: { readonly source: string; readonly taskId: string }) {
  const name = taskId.split(".").at(-1) ?? taskId;
  const place = source.split("\n").findIndex((line) => line.includes(`"${name}"`) || line.includes(`'${name}'`));
  if (place === -1 || place >= MAX_LINES) return null;
  return (
    <a class="button small" href={`#L${place + 1}`}>
      To the task, line {place + 1}
    </a>
  );
}
