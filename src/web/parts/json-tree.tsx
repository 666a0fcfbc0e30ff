import type { Child } from "hono/jsx";
import type { Json } from "../../lib/json.ts";

const MAX_DEPTH = 12;
const MAX_CHILDREN = 100;
const MAX_TEXT = 4_000;

/** A JSON value as a tree that folds. Bounded in depth, breadth and text, because tasks write what they like. */
export function JsonTree({ value }: { readonly value: Json }) {
  return (
    <div class="json">
      <JsonNode value={value} depth={0} />
    </div>
  );
}

interface NodeProps {
  readonly value: Json;
  readonly depth: number;
  readonly name?: string;
}

function JsonNode({ value, depth, name }: NodeProps) {
  const key = name === undefined ? null : <span class="key">{clip(name)}</span>;
  const isNested = value !== null && typeof value === "object" && Object.keys(value).length > 0;
  if (isNested && depth < MAX_DEPTH) return <JsonBranch value={value} depth={depth} summary={key} />;
  return (
    <>
      {key}
      {key !== null && ": "}
      <JsonLeaf value={value} />
    </>
  );
}

function JsonLeaf({ value }: { readonly value: Json }) {
  if (typeof value === "string") return <span class="string">{JSON.stringify(clip(value))}</span>;
  if (typeof value === "number") return <span class="number">{String(value)}</span>;
  if (value === null || typeof value === "boolean") return <span class="literal">{String(value)}</span>;
  const isEmpty = Object.keys(value).length === 0;
  if (!isEmpty) return <span class="muted">… nested deeper than {MAX_DEPTH} levels</span>;
  return <span class="muted">{Array.isArray(value) ? "[ ]" : "{ }"}</span>;
}

function JsonBranch({
  value,
  depth,
  summary,
}: {
  readonly value: object;
  readonly depth: number;
  readonly summary: Child;
}) {
  const entries: readonly (readonly [string, Json])[] = Object.entries(value);
  const size = Array.isArray(value) ? `[ ${entries.length} ]` : `{ ${entries.length} }`;
  return (
    <details open={depth < 2 && entries.length <= 20}>
      <summary>
        {summary} {size}
      </summary>
      <ul>
        {entries.slice(0, MAX_CHILDREN).map(([key, inner]) => (
          <li>
            <JsonNode value={inner} depth={depth + 1} name={key} />
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
