import { Icon } from "../parts/icon.tsx";
import type { IconName } from "../parts/icon-names.ts";
import { paths } from "../paths.ts";
import { THEMES, type Theme } from "./document.tsx";

export interface Crumb {
  readonly label: string;
  /** Null for the page itself. */
  readonly href: string | null;
}

export function TopBar(props: {
  readonly crumbs: readonly Crumb[];
  readonly username: string;
  readonly theme: Theme;
  readonly zone: string;
}) {
  return (
    <header class="top">
      <nav aria-label="Breadcrumb">
        <ol class="crumbs">
          {props.crumbs.map((crumb) => (
            <li>
              {crumb.href === null ? (
                <span aria-current="page">{crumb.label}</span>
              ) : (
                <a href={crumb.href}>{crumb.label}</a>
              )}
            </li>
          ))}
        </ol>
      </nav>
      <div class="top-end">
        <span class="muted small" title="All times are shown in this zone">
          {props.zone}
        </span>
        <button type="button" class="button quiet" popovertarget="user-menu" aria-label={`Menu of ${props.username}`}>
          <Icon name="user" />
          <span class="top-user">{props.username}</span>
          <Icon name="chevron-down" />
        </button>
        <UserMenu theme={props.theme} />
      </div>
    </header>
  );
}

const themeIcons: Readonly<Record<Theme, IconName>> = { system: "monitor", light: "sun", dark: "moon" };
const themeLabels: Readonly<Record<Theme, string>> = { system: "Like the system", light: "Light", dark: "Dark" };

/** A native popover: it opens, closes and takes Escape without a line of script. */
function UserMenu({ theme }: { readonly theme: Theme }) {
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
      <form method="post" action={paths.logout}>
        <button type="submit" class="menu-item">
          <Icon name="log-out" />
          Sign out
        </button>
      </form>
    </div>
  );
}
