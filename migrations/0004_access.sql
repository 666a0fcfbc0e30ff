-- Who may come in. Not projected, so these tables do have foreign keys. Secrets are stored as hashes only.

-- A user is switched off, never deleted: the door for the first user, which opens on an empty table, stays closed.
CREATE TABLE user (
  user_id TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL,
  is_active INTEGER NOT NULL CHECK (is_active IN (0, 1)),
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  password_hash TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('admin', 'op', 'user', 'viewer'))
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  session_hash TEXT NOT NULL PRIMARY KEY,
  address TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  -- Absolute end; the idle limit is counted from `seen_at`.
  expires_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  user_agent TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE api_token (
  token_id TEXT NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  name TEXT NOT NULL,
  revoked_at INTEGER,
  -- Looked up with every request that carries a bearer token (apiTokens.find); UNIQUE is its index.
  token_hash TEXT NOT NULL UNIQUE,
  used_at INTEGER,
  user_id TEXT NOT NULL REFERENCES user (user_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- One row per try to log in, written before the password is looked at; swept after an hour.
CREATE TABLE login_attempt (
  attempt_id INTEGER PRIMARY KEY,
  account TEXT NOT NULL COLLATE NOCASE,
  address TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;

-- Both are counted by the one statement that admits an attempt (loginAttempts.admit).
CREATE INDEX login_attempt_by_account ON login_attempt (account, at);
CREATE INDEX login_attempt_by_address ON login_attempt (address, at);
