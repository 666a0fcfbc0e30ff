import type { SavedView } from "../../catalog/sql/saved-views.ts";
import { paths } from "../paths.ts";
import { Icon } from "./icon.tsx";

/** Named filters of a page, and the way to keep the present ones. The address stays the only state of the page itself. */
export function SavedViewsMenu(props: {
  readonly views: readonly SavedView[];
  /** Path of the page, and the query that is shown now. */
  readonly page: string;
  readonly query: string;
}) {
  const { views, page, query } = props;
  return (
    <details class="actions-menu views-menu">
      <summary class="button">
        <Icon name="bookmark" />
        Views
        {views.length > 0 && <span class="count">{views.length}</span>}
      </summary>
      <div class="menu">
        {views.length === 0 && <p class="menu-note">No saved views of this page yet.</p>}
        {views.map((view) => (
          <div class="view-row">
            <a
              class="menu-item"
              href={view.query === "" ? page : `${page}?${view.query}`}
              aria-current={view.query === query ? "true" : undefined}
            >
              <span class="filter-value">{view.name}</span>
              {view.isShared && <span class="muted small">shared</span>}
            </a>
            <DefaultButton view={view} page={page} />
            {view.isOwn && (
              <form method="post" action={paths.savedViews}>
                <input type="hidden" name="delete" value={view.savedViewId} />
                <button type="submit" class="button quiet small icon-only" aria-label={`Delete the view ${view.name}`}>
                  <Icon name="x" />
                </button>
              </form>
            )}
          </div>
        ))}
        <hr />
        <form class="form view-form" method="post" action={paths.savedViews}>
          <input type="hidden" name="page" value={page} />
          <input type="hidden" name="query" value={query} />
          <label class="field">
            <span class="field-label">Save what is shown as</span>
            <input class="input" name="name" required maxlength={60} autocomplete="off" />
          </label>
          <label class="checkbox">
            <input type="checkbox" name="is_shared" value="true" />
            Share it with everybody here
          </label>
          <button type="submit" class="button small">
            Save the view
          </button>
        </form>
      </div>
    </details>
  );
}

/** Whether the page begins with the view. A page has one such view at most, for each who looks at it. */
function DefaultButton({ view, page }: { readonly view: SavedView; readonly page: string }) {
  const { isDefault, name } = view;
  return (
    <form method="post" action={paths.savedViews}>
      <input type="hidden" name={isDefault ? "no_default" : "default"} value={isDefault ? page : view.savedViewId} />
      <button
        type="submit"
        class="button quiet small icon-only"
        aria-pressed={isDefault ? "true" : "false"}
        aria-label={`Begin with the view ${name}`}
        title={isDefault ? "This page begins with this view" : "Begin this page with this view"}
      >
        <Icon name={isDefault ? "check" : "house"} />
      </button>
    </form>
  );
}
