import type { DagVersionView } from "../../../catalog/sql/dag-versions.ts";
import type { CodePiece } from "../../code-spans.ts";
import { readDisplay } from "../../display.ts";
import { counted } from "../../format.ts";
import { type DiffLine, diffLines, withContext } from "../../line-diff.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Pieces, sourceLines } from "../../parts/source-lines.tsx";

const CONTEXT = 4;
const MAX_LINES = 5_000;

/** What one version of a source changed against another; signs as well as colours say what is gone and what is new. */
export function SourceDiff({ before, after }: { readonly before: DagVersionView; readonly after: DagVersionView }) {
  const lines = diffLines(before.source.split("\n"), after.source.split("\n"));
  const shown = withContext(lines, CONTEXT).slice(0, MAX_LINES);
  const added = lines.filter(({ type }) => type === "added").length;
  const removed = lines.filter(({ type }) => type === "removed").length;
  if (added + removed === 0) {
    return (
      <EmptyState icon="file-code" title="The file is the same in both versions">
        The definition differs: a file that it imports, or what it reads at the build.
      </EmptyState>
    );
  }
  const left = sourceLines(before.source, readDisplay(before.display)?.code);
  const right = sourceLines(after.source, readDisplay(after.display)?.code);
  return (
    <>
      <p class="card-body small muted">
        {counted(added, "line")} added, {counted(removed, "line")} removed
      </p>
      <section
        class="diff-pane"
        tabindex={0}
        aria-label={`Changes from v${before.versionNumber} to v${after.versionNumber}`}
        hx-ignore
      >
        <table class="diff">
          <tbody>
            {shown.map((line) =>
              typeof line === "number" ? (
                <tr class="diff-gap">
                  <td colspan={4}>{counted(line, "line")} without a change</td>
                </tr>
              ) : (
                <DiffRow line={line} pieces={piecesOf(line, left, right)} />
              ),
            )}
          </tbody>
        </table>
      </section>
    </>
  );
}

type Lines = readonly (readonly CodePiece[])[];

function piecesOf(line: DiffLine, left: Lines, right: Lines): readonly CodePiece[] {
  return (line.after === null ? left[line.before ?? 0] : right[line.after]) ?? [];
}

const signs = { same: " ", removed: "−", added: "+" } as const;
const words = { same: "", removed: "removed", added: "added" } as const;

function DiffRow({ line, pieces }: { readonly line: DiffLine; readonly pieces: readonly CodePiece[] }) {
  return (
    <tr class={`is-${line.type}`}>
      <td class="diff-number">{line.before === null ? "" : line.before + 1}</td>
      <td class="diff-number">{line.after === null ? "" : line.after + 1}</td>
      <td class="diff-sign">
        <span aria-hidden="true">{signs[line.type]}</span>
        <span class="visually-hidden">{words[line.type]}</span>
      </td>
      <td class="diff-text">
        <Pieces line={pieces} />
      </td>
    </tr>
  );
}
