import { formatHour, zoneCity } from "../format.ts";
import { hx } from "../hx.ts";
import { Icon } from "../parts/icon.tsx";
import { paths } from "../paths.ts";
import { useClock } from "./clock.ts";
import type { Theme } from "./document.tsx";
import { UserMenu } from "./user-menu.tsx";

export interface Crumb {
  readonly label: string;
  /** Null for the page itself. */
  readonly href: string | null;
}

export function TopBar(props: { readonly crumbs: readonly Crumb[]; readonly username: string; readonly theme: Theme }) {
  return (
    <header class="top">
      <button
        type="button"
        class="button quiet icon-only nav-button"
        popovertarget="nav"
        aria-label={"Menu of all pages"}
      >
        <Icon name="menu" />
      </button>
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
        <a
          class="button top-search"
          href={paths.search}
          data-palette
          {...hx({ get: paths.search, target: "#dialog", swap: "innerHTML" })}
        >
          <Icon name="search" />
          <span class="top-search-text">Search</span>
          <kbd>Ctrl K</kbd>
        </a>
        <button type="button" class="button quiet live-toggle" data-live-toggle aria-pressed="true">
          <span class="live-dot" />
          <span>Live</span>
        </button>
        <ZoneLink />
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

/** The clock in the reader's zone, with UTC beside it; a click chooses another. */
function ZoneLink() {
  const { now, zone } = useClock();
  return (
    <a
      class="button quiet zone"
      href={paths.preferences}
      title={`Times are shown in ${zone}; choose another zone`}
      {...hx({ get: paths.preferences, target: "#dialog", swap: "innerHTML" })}
    >
      <Icon name="globe" />
      <span class="visually-hidden">Time zone: </span>
      {zone !== "UTC" && (
        <span class="zone-own">
          <span data-clock={zone}>{formatHour(now, zone)}</span> {zoneCity(zone)}
        </span>
      )}
      <span class={zone === "UTC" ? undefined : "muted zone-utc"}>
        <span data-clock="UTC">{formatHour(now, "UTC")}</span> UTC
      </span>
    </a>
  );
}
