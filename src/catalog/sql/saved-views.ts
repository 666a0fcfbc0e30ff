import type { Statement } from "../port.ts";

export interface SavedView {
  readonly savedViewId: string;
  readonly name: string;
  /** The address's query, without the question mark. */
  readonly query: string;
  readonly isShared: boolean;
  readonly isOwn: boolean;
  /** Whether the page begins with it, for the reader. */
  readonly isDefault: boolean;
}

export interface NewSavedView {
  readonly savedViewId: string;
  readonly userId: string;
  readonly page: string;
  readonly query: string;
  readonly name: string;
  readonly isShared: boolean;
  readonly now: number;
}

/** Beyond it the menu of a page is no help any more. */
export const MAX_SAVED_VIEWS = 50;

/** Named filters of list pages. They are read with `pageFacts`. */
export const savedViews = {
  /** The same name on the same page is the same view, with another query. */
  save(view: NewSavedView): readonly Statement[] {
    const { savedViewId, userId, page, query, name, isShared, now } = view;
    return [
      {
        sql: "UPDATE saved_view SET query = ?4, is_shared = ?5 WHERE user_id = ?1 AND page = ?2 AND name = ?3",
        params: [userId, page, name, query, isShared ? 1 : 0],
      },
      {
        sql: `INSERT INTO saved_view (saved_view_id, created_at, is_shared, name, page, query, user_id)
          SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
          WHERE NOT EXISTS (SELECT 1 FROM saved_view WHERE user_id = ?7 AND page = ?5 AND name = ?4)
            AND (SELECT count(*) FROM saved_view WHERE user_id = ?7 AND page = ?5) < ${MAX_SAVED_VIEWS}`,
        params: [savedViewId, now, isShared ? 1 : 0, name, page, query, userId],
      },
    ];
  },

  /** What the page begins with from now on, in place of what it began with: one's own view, or a shared one. */
  makeDefault(options: { readonly savedViewId: string; readonly userId: string }): Statement {
    return {
      sql: `INSERT INTO default_view (user_id, page, saved_view_id)
        SELECT ?2, page, saved_view_id FROM saved_view WHERE saved_view_id = ?1 AND (user_id = ?2 OR is_shared = 1)
        ON CONFLICT (user_id, page) DO UPDATE SET saved_view_id = excluded.saved_view_id`,
      params: [options.savedViewId, options.userId],
    };
  },

  /** The page begins with everything again. */
  dropDefault(options: { readonly page: string; readonly userId: string }): Statement {
    return {
      sql: "DELETE FROM default_view WHERE user_id = ?1 AND page = ?2",
      params: [options.userId, options.page],
    };
  },

  /** Only one's own. */
  delete(options: { readonly savedViewId: string; readonly userId: string }): Statement {
    return {
      sql: "DELETE FROM saved_view WHERE saved_view_id = ?1 AND user_id = ?2",
      params: [options.savedViewId, options.userId],
    };
  },
};
