import { type DocBlock, type DocInline, isSafeHref } from "../docs.ts";

/** What an author wrote of a DAG or a task: formatted where the build has read it, as plain text otherwise. */
export function Docs({ text, blocks }: { readonly text: string; readonly blocks: readonly DocBlock[] | undefined }) {
  if (blocks === undefined || !Array.isArray(blocks)) return <div class="card-body prose">{text}</div>;
  return (
    <div class="card-body docs" hx-ignore>
      {blocks.map((block) => (
        <Block block={block} depth={0} />
      ))}
    </div>
  );
}

/** Deeper nesting than anyone writes by hand is left out. */
const MAX_DEPTH = 12;

function Block({ block, depth }: { readonly block: DocBlock; readonly depth: number }) {
  if (depth > MAX_DEPTH) return null;
  const inner = (blocks: readonly DocBlock[]) => blocks.map((one) => <Block block={one} depth={depth + 1} />);
  switch (block.t) {
    case "p":
      return <p>{inlines(block.v)}</p>;
    case "h":
      // The page has its own headings above these.
      return block.level <= 1 ? <h3 class="docs-title">{inlines(block.v)}</h3> : <h4>{inlines(block.v)}</h4>;
    case "ul":
      return (
        <ul>
          {block.v.map((item) => (
            <li>{inner(item)}</li>
          ))}
        </ul>
      );
    case "ol":
      return (
        <ol>
          {block.v.map((item) => (
            <li>{inner(item)}</li>
          ))}
        </ol>
      );
    case "pre":
      return (
        <pre tabindex={0}>
          <code>{block.v}</code>
        </pre>
      );
    case "q":
      return <blockquote>{inner(block.v)}</blockquote>;
    case "hr":
      return <hr />;
    case "table":
      return <Table block={block} />;
    default:
      return null;
  }
}

function Table({ block }: { readonly block: Extract<DocBlock, { t: "table" }> }) {
  return (
    <table>
      <thead>
        <tr>
          {block.head.map((cell) => (
            <th>{inlines(cell)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {block.rows.map((row) => (
          <tr>
            {row.map((cell) => (
              <td>{inlines(cell)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function inlines(list: readonly DocInline[]) {
  return list.map((inline) => <Inline inline={inline} />);
}

function Inline({ inline }: { readonly inline: DocInline }) {
  if (typeof inline === "string") return <>{inline}</>;
  switch (inline.t) {
    case "b":
      return <strong>{inlines(inline.v)}</strong>;
    case "i":
      return <em>{inlines(inline.v)}</em>;
    case "s":
      return <s>{inlines(inline.v)}</s>;
    case "c":
      return <code>{inlines(inline.v)}</code>;
    case "br":
      return <br />;
    case "a":
      // Asked again where it is shown: what is stored may come from another release.
      return isSafeHref(inline.href) ? (
        <a href={inline.href} rel="noopener noreferrer">
          {inlines(inline.v)}
        </a>
      ) : (
        <span>{inlines(inline.v)}</span>
      );
    default:
      return null;
  }
}
