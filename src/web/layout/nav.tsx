import { Icon } from "../parts/icon.tsx";
import type { IconName } from "../parts/icon-names.ts";
import { paths } from "../paths.ts";

export type NavKey = "home" | "dags" | "import-errors" | "jobs" | "audit-log";

interface NavEntry {
  readonly key: NavKey;
  readonly label: string;
  readonly href: string;
  readonly icon: IconName;
}

const work: readonly NavEntry[] = [
  { key: "home", label: "Home", href: paths.home, icon: "house" },
  { key: "dags", label: "DAGs", href: paths.dags, icon: "workflow" },
];
const system: readonly NavEntry[] = [
  { key: "import-errors", label: "Import errors", href: paths.importErrors, icon: "file-warning" },
  { key: "jobs", label: "Jobs", href: paths.jobs, icon: "activity" },
  { key: "audit-log", label: "Audit log", href: paths.auditLog, icon: "scroll-text" },
];

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
    <nav class="nav" aria-label="Main">
      <a class="nav-brand" href={paths.home}>
        <Icon name="updraft" />
        Updraft
      </a>
      <ul class="nav-group">{work.map(link)}</ul>
      <div>
        <p class="nav-title">System</p>
        <ul class="nav-group">{system.map(link)}</ul>
      </div>
      <p class="nav-foot">Updraft {props.version}</p>
    </nav>
  );
}
