import type { Child } from "hono/jsx";
import { ClockContext, type PageClock } from "./clock.ts";
import { Document, type Theme, type ViewSheet } from "./document.tsx";
import { Nav, type NavKey } from "./nav.tsx";
import { type Flash, Toast } from "./toast.tsx";
import { type Crumb, TopBar } from "./top-bar.tsx";

/** What every page is shown in: who is signed in, how they like it, what the last action said. */
export interface Shell {
  readonly clock: PageClock;
  readonly theme: Theme;
  readonly isCompact: boolean;
  readonly hasKeys: boolean;
  readonly instanceName: string;
  readonly version: string;
  readonly username: string;
  readonly importErrorCount: number;
  readonly flash: Flash | null;
}

export interface PageProps {
  readonly shell: Shell;
  readonly title: string;
  readonly nav: NavKey | null;
  readonly crumbs: readonly Crumb[];
  readonly sheet?: ViewSheet | undefined;
  readonly children: Child;
}

export function pageTitle(title: string, instanceName: string): string {
  return `${title} · ${instanceName}`;
}

export function Page({ shell, title, nav, crumbs, sheet, children }: PageProps) {
  return (
    <ClockContext.Provider value={shell.clock}>
      <Document
        title={pageTitle(title, shell.instanceName)}
        theme={shell.theme}
        now={shell.clock.now}
        isCompact={shell.isCompact}
        hasKeys={shell.hasKeys}
        sheet={sheet}
        lastId="offline"
      >
        <div class="shell">
          <a class="skip" href="#main">
            Skip to content
          </a>
          <Nav current={nav} version={shell.version} importErrorCount={shell.importErrorCount} />
          <TopBar crumbs={crumbs} username={shell.username} theme={shell.theme} />
          <main class="main" id="main" tabindex={-1}>
            {children}
          </main>
        </div>
        <dialog class="dialog" id="dialog" aria-label="Action" />
        <div class="toasts" id="toasts" role="status">
          {shell.flash !== null && <Toast flash={shell.flash} />}
        </div>
        <p class="offline" id="offline" role="alert" hidden>
          No connection to the server. Trying again…
        </p>
      </Document>
    </ClockContext.Provider>
  );
}
