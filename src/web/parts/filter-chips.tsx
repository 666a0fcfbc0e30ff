import { Icon } from "./icon.tsx";

export interface FilterChip {
  readonly name: string;
  readonly value: string;
  /** The list without this one. */
  readonly href: string;
}

/** What narrows a list, each with the way to take it off again. */
export function FilterChips({
  chips,
  clearHref,
}: {
  readonly chips: readonly FilterChip[];
  readonly clearHref: string;
}) {
  if (chips.length === 0) return null;
  return (
    <ul class="filter-chips" aria-label="Filters">
      {chips.map((chip) => (
        <li>
          <a class="filter-chip" href={chip.href} title="Remove this filter">
            <span class="visually-hidden">Remove the filter</span>
            <span class="muted">{chip.name}</span>
            <span class="filter-value">{chip.value}</span>
            <Icon name="x" />
          </a>
        </li>
      ))}
      {chips.length > 1 && (
        <li>
          <a class="button quiet small" href={clearHref}>
            Clear all
          </a>
        </li>
      )}
    </ul>
  );
}
