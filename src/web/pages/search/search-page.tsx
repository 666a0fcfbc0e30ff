import type { DagRunBar } from "../../../catalog/sql/dag-runs.ts";
import { domId } from "../../dom-id.ts";
import { hx } from "../../hx.ts";
import { NAV_PAGES } from "../../layout/nav.tsx";
import { Icon } from "../../parts/icon.tsx";
import type { IconName } from "../../parts/icon-names.ts";
import { paths, withQuery } from "../../paths.ts";
import { STATE_ICONS, stateLabel } from "../../states.ts";

export interface SearchData {
  readonly q: string;
  readonly dags: readonly { readonly dagId: string; readonly isPaused: boolean }[];
  readonly runs: readonly DagRunBar[];
}

export const SEARCH_RESULTS = domId("search", "results");

/** The command palette: DAGs, runs, pages and actions. A form and a list of links, so that it is a page too. */
export function SearchForm({ data }: { readonly data: SearchData }) {
  return (
    <search class="palette" data-palette-list>
      <form
        method="get"
        action={paths.search}
        class="search"
        {...hx({
          get: paths.search,
          target: `#${SEARCH_RESULTS}`,
          swap: "outerHTML",
          trigger: "input changed delay:120ms from:#palette-field, submit",
          sync: "this:replace",
        })}
      >
        <Icon name="search" />
        <input
          class="input"
          type="search"
          id="palette-field"
          name="q"
          value={data.q}
          placeholder="DAG, run, page or action"
          aria-label="Search DAGs, runs, pages and actions"
          maxlength={250}
          autocomplete="off"
          data-palette-input
          autofocus
        />
        <noscript>
          <button type="submit" class="button">
            Search
          </button>
        </noscript>
      </form>
      <SearchResults data={data} />
      <p class="palette-foot small muted needs-script">
        <kbd>↑</kbd> <kbd>↓</kbd> to choose, <kbd>Enter</kbd> to open, <kbd>Esc</kbd> to close
      </p>
    </search>
  );
}

interface Hit {
  readonly href: string;
  readonly icon: IconName;
  readonly label: string;
  readonly hint?: string;
  /** Opens as a dialog on top of the page. */
  readonly isDialog?: boolean;
}

export function SearchResults({ data }: { readonly data: SearchData }) {
  const groups = [
    { title: "DAGs", hits: data.dags.map(dagHit) },
    { title: "Actions", hits: [...data.dags.flatMap(actionHits), ...generalActions(data.q)].slice(0, 8) },
    { title: "Runs", hits: data.runs.map(runHit) },
    { title: "Pages", hits: pageHits(data.q) },
  ].filter(({ hits }) => hits.length > 0);
  return (
    <div id={SEARCH_RESULTS} class="palette-results" data-for={data.q}>
      {groups.length === 0 && <p class="muted palette-none">Nothing is called "{data.q}".</p>}
      {groups.map(({ title, hits }) => (
        <section aria-label={title}>
          <h2 class="menu-title">{title}</h2>
          <ul>
            {hits.map((hit) => (
              <li>
                <a
                  class="menu-item"
                  href={hit.href}
                  {...(hit.isDialog ? hx({ get: hit.href, target: "#dialog", swap: "innerHTML" }) : {})}
                >
                  <Icon name={hit.icon} />
                  <span class="filter-value">{hit.label}</span>
                  {hit.hint !== undefined && <span class="muted small palette-hint">{hit.hint}</span>}
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function dagHit({ dagId, isPaused }: SearchData["dags"][number]): Hit {
  return { href: paths.dag(dagId), icon: "workflow", label: dagId, ...(isPaused ? { hint: "paused" } : {}) };
}

function runHit(run: DagRunBar): Hit {
  return {
    href: paths.run(run.dagId, run.runId),
    icon: STATE_ICONS[run.state],
    label: run.runId,
    hint: `${run.dagId}, ${stateLabel(run.state)}`,
  };
}

function actionHits({ dagId, isPaused }: SearchData["dags"][number]): readonly Hit[] {
  const batch = { action: isPaused ? "unpause" : "pause", sel: dagId };
  return [
    { href: paths.trigger(dagId), icon: "play", label: `Trigger ${dagId}`, isDialog: true },
    {
      href: `${paths.dagBatch}${withQuery(batch)}`,
      icon: "pause",
      label: `${isPaused ? "Resume" : "Pause"} ${dagId}`,
      isDialog: true,
    },
    { href: paths.newBackfill(dagId), icon: "history", label: `Backfill ${dagId}`, isDialog: true },
    {
      href: `${paths.allRuns}${withQuery({ dag: dagId, state: "failed" })}`,
      icon: "x",
      label: `Failed runs of ${dagId}`,
    },
  ];
}

const actions: readonly Hit[] = [
  { href: `${paths.allRuns}?state=failed`, icon: "x", label: "Failed runs" },
  { href: `${paths.allRuns}?state=running`, icon: "loader", label: "Running runs" },
  { href: paths.newPool, icon: "plus", label: "New pool", isDialog: true },
  { href: paths.newToken, icon: "key-round", label: "New token", isDialog: true },
  { href: paths.preferences, icon: "globe", label: "Change the time zone", isDialog: true },
  { href: paths.keyboard, icon: "keyboard", label: "Keyboard shortcuts", isDialog: true },
];

function generalActions(q: string): readonly Hit[] {
  return actions.filter(({ label }) => matches(label, q));
}

function pageHits(q: string): readonly Hit[] {
  return NAV_PAGES.filter(({ label }) => matches(label, q)).map(({ href, icon, label }) => ({ href, icon, label }));
}

/** Every word of the query is a part of the label. */
function matches(label: string, q: string): boolean {
  const text = label.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
