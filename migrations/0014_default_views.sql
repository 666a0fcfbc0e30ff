-- The saved view that a user's page begins with: one's own, or one that somebody shares. Not projected.
CREATE TABLE default_view (
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE,
  page TEXT NOT NULL,
  saved_view_id TEXT NOT NULL REFERENCES saved_view (saved_view_id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, page)
) STRICT, WITHOUT ROWID;
