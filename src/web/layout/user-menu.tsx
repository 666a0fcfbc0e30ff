import { hx } from "../hx.ts";
import { Icon } from "../parts/icon.tsx";
import type { IconName } from "../parts/icon-names.ts";
import { paths } from "../paths.ts";
import { THEMES, type Theme } from "./document.tsx";

export const themeIcons: Readonly<Record<Theme, IconName>> = { system: "monitor", light: "sun", dark: "moon" };
export const themeLabels: Readonly<Record<Theme, string>> = {
  system: "Like the system",
  light: "Light",
  dark: "Dark",
};

/** A native popover: it opens, closes and takes Escape without a line of script. */
export function UserMenu({ theme }: { readonly theme: Theme }) {
  return (
    <div class="menu" id="user-menu" popover="auto">
      <p class="menu-title" id="theme-title">
        Appearance
      </p>
      <form method="post" action={paths.theme} aria-labelledby="theme-title">
        {THEMES.map((name) => (
          <button
            type="submit"
            class="menu-item"
            name="theme"
            value={name}
            aria-pressed={name === theme ? "true" : "false"}
          >
            <Icon name={themeIcons[name]} />
            {themeLabels[name]}
          </button>
        ))}
      </form>
      <hr />
      <MenuLink href={paths.preferences} icon="settings" label="Preferences" isDialog />
      <MenuLink href={paths.keyboard} icon="keyboard" label="Keyboard shortcuts" isDialog />
      <MenuLink href={paths.tokens} icon="key-round" label="Your tokens" />
      <MenuLink href={paths.ownPassword} icon="pencil" label="Change your password" isDialog />
      <hr />
      <form method="post" action={paths.logout}>
        <button type="submit" class="menu-item">
          <Icon name="log-out" />
          Sign out
        </button>
      </form>
    </div>
  );
}

function MenuLink(props: {
  readonly href: string;
  readonly icon: IconName;
  readonly label: string;
  readonly isDialog?: boolean;
}) {
  return (
    <a
      class="menu-item"
      href={props.href}
      {...(props.isDialog ? hx({ get: props.href, target: "#dialog", swap: "innerHTML" }) : {})}
    >
      <Icon name={props.icon} />
      {props.label}
    </a>
  );
}
