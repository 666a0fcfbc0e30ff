import type { Child } from "hono/jsx";
import type { SavedView } from "../../catalog/sql/saved-views.ts";
import { MISREAD_BOUNDS, type MisreadBound } from "../bounds.ts";
import { hx, live } from "../hx.ts";
import { useClock } from "../layout/clock.ts";
import type { ViewSheet } from "../layout/document.tsx";
import type { NavKey } from "../layout/nav.tsx";
import { Page, type Shell } from "../layout/page.tsx";
import { type FilterChip, FilterChips } from "./filter-chips.tsx";
import { Icon } from "./icon.tsx";
import { Instant } from "./instant.tsx";
import { Pagination } from "./pagination.tsx";
import { SavedViewsMenu } from "./saved-views-menu.tsx";

/** The part of a list page that follows its filters and the world. */
export interface BrowseResults {
  readonly region: string;
  /** The address of what is shown. */
  readonly address: string;
  readonly isEmpty: boolean;
  /** Whether rows are shown that will change by themselves. */
  readonly isActive: boolean;
  readonly chips: readonly FilterChip[];
  /** Bounds of time that are written but are no dates. */
  readonly misread?: readonly MisreadBound[];
  /** Path of the page without any filter. */
  readonly path: string;
  readonly firstHref: string | null;
  readonly nextHref: string | null;
  /** Rows may match that lie further back than the page looked. */
  readonly further: { readonly at: number; readonly href: string } | null;
  readonly ptag: string | null;
}

/** A page that is a list of things of all DAGs: filters as a form, what is on, the table, and the way on. */
export function BrowsePage(props: {
  readonly shell: Shell;
  readonly nav: NavKey;
  readonly title: string;
  readonly results: BrowseResults;
  readonly views: readonly SavedView[];
  /** Id of the search field: the list follows what is typed there. */
  readonly searchId: string;
  readonly filters: Child;
  readonly sheet?: ViewSheet;
  readonly children: Child;
}) {
  const { results } = props;
  const query = results.address.split("?")[1] ?? "";
  return (
    <Page
      shell={props.shell}
      title={props.title}
      nav={props.nav}
      sheet={props.sheet}
      crumbs={[{ label: props.title, href: null }]}
    >
      <h1 class="visually-hidden">{props.title}</h1>
      <div class="filter-row">
        <form
          method="get"
          action={results.path}
          class="filters"
          {...hx({
            get: results.path,
            target: `#${results.region}`,
            swap: "outerHTML",
            trigger: `submit, change, input changed delay:250ms from:#${props.searchId}`,
            sync: "this:replace",
          })}
        >
          {props.filters}
          <noscript>
            <button type="submit" class="button">
              Apply
            </button>
          </noscript>
        </form>
        <SavedViewsMenu views={props.views} page={results.path} query={query} />
      </div>
      {props.children}
    </Page>
  );
}

export function BrowseRegion(props: {
  readonly results: BrowseResults;
  readonly empty: Child;
  readonly children: Child;
}) {
  const { results } = props;
  return (
    <div
      class="stack"
      id={results.region}
      {...(results.ptag === null ? {} : live(results.address, { isActive: results.isActive, ptag: results.ptag }))}
    >
      <MisreadBounds misread={results.misread ?? []} />
      <FilterChips chips={results.chips} clearHref={results.path} />
      {results.isEmpty ? <div class="card">{props.empty}</div> : props.children}
      {results.further !== null && (
        <p class="muted small further">
          Looked back to <Instant at={results.further.at} />. <a href={results.further.href}>Look further back</a>
        </p>
      )}
      <Pagination firstHref={results.firstHref} nextHref={results.nextHref} />
    </div>
  );
}

/** What is wrong with a bound, and how one is written. It comes with the list, since that is what it is about. */
export function MisreadBounds({ misread }: { readonly misread: readonly MisreadBound[] }) {
  const { zone } = useClock();
  if (misread.length === 0) return null;
  const bounds = misread.map(({ name, text }) => `“${name} ${text}”`).join(" and ");
  return (
    <p class="field-error" id={MISREAD_BOUNDS} role="alert">
      <Icon name="circle-alert" />
      {bounds} {misread.length === 1 ? "is no date" : "are no dates"}, so the list is not narrowed by it: write one as
      2026-11-22 06:00, in {zone}.
    </p>
  );
}
