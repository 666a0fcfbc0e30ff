import type { Json } from "../../lib/json.ts";
import { JsonTree } from "./json-tree.tsx";

export type XComShown =
  | { readonly type: "json"; readonly value: Json }
  /** The value is too large to show: its beginning, as text. */
  | { readonly type: "cut"; readonly text: string };

const MAX_ROWS = 200;
const MAX_COLUMNS = 20;

/**
 * A value as what it is: an image when it is an SVG document, a table when it is a list of like records, else a tree.
 * An SVG of a task is hostile: it is only ever the `data:` source of an `<img>`, where it can neither run scripts nor
 * load anything, and which no browser opens as a page of its own. It never has an address on our origin.
 */
export function XComValueView({ shown, name }: { readonly shown: XComShown; readonly name: string }) {
  if (shown.type === "cut") {
    return (
      <>
        <p class="muted small">The beginning of a value that is too large to show whole:</p>
        <pre class="stack-trace">{shown.text}</pre>
      </>
    );
  }
  const { value } = shown;
  const svg = svgOf(value);
  if (svg !== null) {
    return (
      <>
        <img class="xcom-image" src={imageSource(svg)} alt={`Drawing that the task returned as ${name}`} />
        {typeof value !== "string" && <Besides value={value} />}
      </>
    );
  }
  if (isTable(value)) return <RecordTable records={value} />;
  return <JsonTree value={value} />;
}

function isSvgText(text: string): boolean {
  return /^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]{0,500}?-->\s*)?<svg[\s>]/i.test(text);
}

/** The SVG of a value: the text itself, or its property `svg`. */
function svgOf(value: Json): string | null {
  if (typeof value === "string") return isSvgText(value) ? value : null;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const svg = (value as Readonly<Record<string, Json>>)["svg"];
  return typeof svg === "string" && isSvgText(svg) ? svg : null;
}

/** What a value says besides its drawing. */
function Besides({ value }: { readonly value: Json }) {
  const { svg: _svg, ...rest } = value as Readonly<Record<string, Json>>;
  return Object.keys(rest).length === 0 ? null : <JsonTree value={rest} />;
}

function imageSource(svg: string): string {
  return `data:image/svg+xml,${encodeURIComponent(svg.toWellFormed())}`;
}

type Records = readonly Readonly<Record<string, Json>>[];

function isTable(value: Json): value is Records {
  if (!Array.isArray(value) || value.length < 2) return false;
  return value.every((row) => isFlat(row)) && Object.keys(value[0] as object).length <= MAX_COLUMNS;
}

function isFlat(row: unknown): boolean {
  if (row === null || typeof row !== "object" || Array.isArray(row)) return false;
  const values = Object.values(row);
  return values.length > 0 && values.every((cell) => cell === null || typeof cell !== "object");
}

function RecordTable({ records }: { readonly records: Records }) {
  const columns = [...new Set(records.slice(0, 20).flatMap((record) => Object.keys(record)))].slice(0, MAX_COLUMNS);
  const isNumeric = (column: string) => records.every((record) => typeof (record[column] ?? 0) === "number");
  const numeric = new Set(columns.filter(isNumeric));
  return (
    <div class="table-wrap">
      <table class="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th class={numeric.has(column) ? "number" : undefined}>{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {records.slice(0, MAX_ROWS).map((record) => (
            <tr>
              {columns.map((column) => (
                <td class={numeric.has(column) ? "number" : undefined}>{cellText(record[column])}</td>
              ))}
            </tr>
          ))}
          {records.length > MAX_ROWS && (
            <tr>
              <td class="muted" colspan={columns.length}>
                … and {records.length - MAX_ROWS} more rows
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

function cellText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
