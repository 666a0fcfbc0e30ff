-- What somebody wants to come back to: a page of the dashboard with its filters, under a name. Not projected.
CREATE TABLE saved_view (
  saved_view_id TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL,
  is_shared INTEGER NOT NULL CHECK (is_shared IN (0, 1)),
  name TEXT NOT NULL,
  -- Path of the page it belongs to, such as `/dags`.
  page TEXT NOT NULL,
  -- The address's query, without the question mark.
  query TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
