import { zoneCity } from "../format.ts";

/** The schedule as its author wrote it, with its zone when that is not the one times are shown in. */
export function Schedule({ text, timezone }: { readonly text: string | null; readonly timezone: string | null }) {
  if (text === null) return <span class="muted">manual</span>;
  return (
    <span class="nowrap" title={timezone === null ? text : `${text} in ${timezone}`}>
      <code>{text}</code>
      {timezone !== null && timezone !== "UTC" && <span class="muted small"> {zoneCity(timezone)}</span>}
    </span>
  );
}
