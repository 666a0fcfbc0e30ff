import { useClock } from "../../layout/clock.ts";

/** In the reader's zone, which stands beside it; what is sent is read in that zone. */
export function DateTimeInput(props: { readonly value: string; readonly [attribute: string]: string | undefined }) {
  const { zone } = useClock();
  return (
    <span class="with-unit">
      <input class="input" type="datetime-local" data-zone={zone} {...props} />
      <span class="muted small">{zone}</span>
    </span>
  );
}
