import { type CodePiece, type CodeSpans, codeLines } from "../code-spans.ts";

/** Longer sources are cut here, with a line that says so. */
export const MAX_LINES = 5_000;

/** More coloured words than this would be more elements than a page may have. */
const MAX_WORDS = 6_000;

export function sourceLines(source: string, spans: CodeSpans | undefined): readonly (readonly CodePiece[])[] {
  return codeLines(source, (spans ?? []).slice(0, 3 * MAX_WORDS));
}

/** A source with numbered lines, in colours where the build has found its words. */
export function SourceLines(props: {
  readonly source: string;
  readonly spans: CodeSpans | undefined;
  readonly id: string;
}) {
  const lines = sourceLines(props.source, props.spans);
  return (
    <ol class="code" id={props.id} tabindex={0} aria-label="Source" hx-ignore>
      {lines.slice(0, MAX_LINES).map((line, place) => (
        <li id={`L${place + 1}`}>
          <Pieces line={line} />
        </li>
      ))}
      {lines.length > MAX_LINES && <li>… {lines.length - MAX_LINES} more lines are not shown</li>}
    </ol>
  );
}

export function Pieces({ line }: { readonly line: readonly CodePiece[] }) {
  return <>{line.map(({ text, kind }) => (kind === null ? text : <span class={`word-${kind}`}>{text}</span>))}</>;
}
