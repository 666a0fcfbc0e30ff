import { ASSETS } from "#assets";
import type { IconName } from "./icon-names.ts";

/** Decoration beside a text; a control that is only an icon carries its own `aria-label`. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" aria-hidden="true" width="16" height="16">
      <use href={`${ASSETS["icons.svg"]}#${name}`} />
    </svg>
  );
}
