import type { Child } from "hono/jsx";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

/** Says why there is nothing, and what to do next. */
export function EmptyState(props: {
  readonly icon?: IconName;
  readonly title: string;
  readonly action?: Child;
  readonly children?: Child;
}) {
  return (
    <div class="empty">
      <Icon name={props.icon ?? "inbox"} />
      <p class="empty-title">{props.title}</p>
      {props.children !== undefined && <p class="small">{props.children}</p>}
      {props.action}
    </div>
  );
}
