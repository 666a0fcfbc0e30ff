import type { Json } from "../../lib/json.ts";

const MAX_DEPTH = 12;
const MAX_CHILDREN = 100;
const MAX_TEXT = 4_000;

/** A JSON value as a tree that folds. Bounded in depth, breadth and text, because tasks write what they like. */
export function JsonTree({ value, depth = 0 }: { readonly value: Json; readonly depth?: number }) {
  return (
    <div class="json">
      <JsonNode value={value} depth={depth} />
    </div>
  );
}

function JsonNode({ value, depth }: { readonly value: Json; readonly depth: number }) {
  if (typeof value === "string") return <span class="string">{JSON.stringify(clip(value))}</span>;
  if (typeof value === "number") return <span class="number">{String(value)}</span>;
  if (value === null || typeof value === "boolean") return <span class="literal">{String(value)}</span>;
  const isList = Array.isArray(value);
  const entries: readonly (readonly [string, Json])[] = Object.entries(value as Record<string, Json>);
  if (entries.length === 0) return <span class="muted">{isList ? "[ ]" : "{ }"}</span>;
  if (depth >= MAX_DEPTH) return <span class="muted">… nested deeper than {MAX_DEPTH} levels</span>;
  return (
    <details open={depth < 2 && entries.length <= 20}>
      <summary>{isList ? `[ ${entries.length} ]` : `{ ${entries.length} }`}</summary>
      <ul>
        {entries.slice(0, MAX_CHILDREN).map(([key, inner]) => (
          <li>
            <span class="key">{clip(key)}</span>: <JsonNode value={inner} depth={depth + 1} />
          </li>
        ))}
        {entries.length > MAX_CHILDREN && <li class="muted">… and {entries.length - MAX_CHILDREN} more</li>}
      </ul>
    </details>
  );
}

function clip(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}
