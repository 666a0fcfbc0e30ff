import type { AllowedDagIds } from "../filter.ts";
import { Filter } from "../filter.ts";
import type { Query } from "../port.ts";
import { integer, text } from "../row.ts";
import { MAX_SAVED_VIEWS, type SavedView } from "./saved-views.ts";

/** What every list page shows beside its list. */
export interface PageFacts {
  readonly importErrorCount: number;
  readonly savedViews: readonly SavedView[];
}

/** One statement, so that a list page is its list, its counts and this: three in one batch. */
export function pageFacts(options: {
  readonly allowedDagIds: AllowedDagIds;
  readonly userId: string;
  readonly page: string;
}): Query<PageFacts> {
  const errors = new Filter();
  errors.allowed(options.allowedDagIds);
  const user = errors.bind(options.userId);
  const page = errors.bind(options.page);
  const sql = `SELECT
      (SELECT count(*) FROM import_error ${errors.where()}) AS import_error_count,
      (SELECT json_group_array(json_object('savedViewId', saved_view_id, 'name', name, 'query', query,
          'isShared', is_shared, 'isOwn', is_own, 'isDefault', is_default))
        FROM (SELECT saved_view_id, name, query, is_shared, user_id = ${user} AS is_own, saved_view_id IN (
            SELECT d.saved_view_id FROM default_view AS d WHERE d.user_id = ${user} AND d.page = ${page}
          ) AS is_default FROM saved_view
          WHERE page = ${page} AND (user_id = ${user} OR is_shared = 1) ORDER BY name LIMIT ${MAX_SAVED_VIEWS})
      ) AS saved_views`;
  return {
    sql,
    params: errors.params,
    parse: (row) => ({
      importErrorCount: integer(row, "import_error_count"),
      savedViews: (JSON.parse(text(row, "saved_views")) as readonly SavedView[]).map((view) => ({
        ...view,
        isShared: Boolean(view.isShared),
        isOwn: Boolean(view.isOwn),
        isDefault: Boolean(view.isDefault),
      })),
    }),
  };
}
