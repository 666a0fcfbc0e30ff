import { EmptyState } from "./empty-state.tsx";

/** Instead of a batch: what was not understood narrows nothing, so "all that match" would be more than was meant. */
export function MisreadFilter({ names }: { readonly names: readonly string[] }) {
  return (
    <EmptyState icon="circle-alert" title="The filter is not understood">
      Nothing is done to all that match while a part of the filter cannot be read: {names.join(", ")}. Mend or remove it
      in the list.
    </EmptyState>
  );
}
