import { Icon } from "../parts/icon.tsx";
import type { IconName } from "../parts/icon-names.ts";
import { paths } from "../paths.ts";

export type NavKey =
  | "home"
  | "dags"
  | "runs"
  | "task-instances"
  | "backfills"
  | "xcoms"
  | "import-errors"
  | "jobs"
  | "audit-log"
  | "pools"
  | "users"
  | "configuration";

interface NavEntry {
  readonly key: NavKey;
  readonly label: string;
  readonly href: string;
  readonly icon: IconName;
}

const groups: readonly { readonly title: string | null; readonly entries: readonly NavEntry[] }[] = [
  {
    title: null,
    entries: [
      { key: "home", label: "Home", href: paths.home, icon: "house" },
      { key: "dags", label: "DAGs", href: paths.dags, icon: "workflow" },
    ],
  },
  {
    title: "Browse",
    entries: [
      { key: "runs", label: "Runs", href: paths.allRuns, icon: "play" },
      { key: "task-instances", label: "Task instances", href: paths.allTaskInstances, icon: "list-checks" },
      { key: "backfills", label: "Backfills", href: paths.backfills, icon: "history" },
      { key: "xcoms", label: "XComs", href: paths.xcoms, icon: "arrow-left-right" },
      { key: "import-errors", label: "Import errors", href: paths.importErrors, icon: "file-warning" },
      { key: "jobs", label: "Jobs", href: paths.jobs, icon: "activity" },
      { key: "audit-log", label: "Audit log", href: paths.auditLog, icon: "scroll-text" },
    ],
  },
  {
    title: "Admin",
    entries: [
      { key: "pools", label: "Pools", href: paths.pools, icon: "layers" },
      { key: "users", label: "Users and tokens", href: paths.users, icon: "users" },
      { key: "configuration", label: "Configuration", href: paths.configuration, icon: "settings" },
    ],
  },
];

/** Every page that needs no id, for the command palette. */
export const NAV_PAGES: readonly NavEntry[] = groups.flatMap(({ entries }) => entries);

/** Beside the page where there is room. On a phone it is a popover behind the menu button, so that it covers nothing. */
export function Nav(props: {
  readonly current: NavKey | null;
  readonly version: string;
  readonly importErrorCount: number;
}) {
  const link = (entry: NavEntry) => (
    <li>
      <a class="nav-link" href={entry.href} aria-current={entry.key === props.current ? "page" : undefined}>
        <Icon name={entry.icon} />
        {entry.label}
        {entry.key === "import-errors" && props.importErrorCount > 0 && (
          <span class="nav-count">{props.importErrorCount}</span>
        )}
      </a>
    </li>
  );
  return (
    <nav class="nav" id="nav" aria-label="Main" popover="auto">
      <a class="nav-brand" href={paths.home}>
        <Icon name="updraft" />
        Updraft
      </a>
      {groups.map(({ title, entries }) => (
        <div>
          {title !== null && <p class="nav-title">{title}</p>}
          <ul class="nav-group">{entries.map(link)}</ul>
        </div>
      ))}
      <p class="nav-foot">Updraft {props.version}</p>
    </nav>
  );
}
