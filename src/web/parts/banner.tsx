import type { Child } from "hono/jsx";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

export interface BannerProps {
  readonly tone: "danger" | "waiting" | "plain";
  readonly title: string;
  readonly id?: string;
  readonly icon?: IconName;
  readonly action?: Child;
  readonly children?: Child;
}

const icons = { danger: "circle-alert", waiting: "hourglass", plain: "info" } as const;

export function Banner(props: BannerProps) {
  return (
    <div class={`banner is-${props.tone}`} id={props.id}>
      <Icon name={props.icon ?? icons[props.tone]} />
      <p class="banner-title">{props.title}</p>
      {props.children !== undefined && <div class="banner-body small">{props.children}</div>}
      {props.action !== undefined && <div class="banner-action">{props.action}</div>}
    </div>
  );
}
