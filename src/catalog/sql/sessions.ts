import type { Query, Statement } from "../port.ts";
import { integer, text } from "../row.ts";
import { parseUser, type UserView } from "./users.ts";

export interface NewSession {
  /** Hash of the secret in the cookie; the secret itself is stored nowhere. */
  readonly sessionHash: string;
  readonly userId: string;
  readonly address: string;
  readonly userAgent: string;
  readonly now: number;
  readonly expiresAt: number;
}

export interface SessionView {
  readonly sessionHash: string;
  readonly user: UserView;
  readonly address: string;
  readonly userAgent: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly seenAt: number;
}

const columns = `s.session_hash, s.address, s.created_at AS session_created_at, s.expires_at, s.seen_at, s.user_agent,
  u.user_id, u.created_at, u.is_active, u.name, u.role`;

export const sessions = {
  create(session: NewSession): Statement {
    return {
      sql: `INSERT INTO session (session_hash, address, created_at, expires_at, seen_at, user_agent, user_id)
        VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6)`,
      params: [session.sessionHash, session.address, session.now, session.expiresAt, session.userAgent, session.userId],
    };
  },

  /** The session with its user; none when it is over, idle since before `seenAfter`, or its user is switched off. */
  find(options: {
    readonly sessionHash: string;
    readonly now: number;
    readonly seenAfter: number;
  }): Query<SessionView> {
    return {
      sql: `SELECT ${columns} FROM session AS s JOIN user AS u ON u.user_id = s.user_id
        WHERE s.session_hash = ?1 AND s.expires_at > ?2 AND s.seen_at > ?3 AND u.is_active = 1`,
      params: [options.sessionHash, options.now, options.seenAfter],
      parse: (row) => ({
        sessionHash: text(row, "session_hash"),
        user: parseUser(row),
        address: text(row, "address"),
        userAgent: text(row, "user_agent"),
        createdAt: integer(row, "session_created_at"),
        expiresAt: integer(row, "expires_at"),
        seenAt: integer(row, "seen_at"),
      }),
    };
  },

  /** Notes a sign of life; writes only when the last one is older than `unlessSeenAfter`, to save a row per request. */
  touch(options: { readonly sessionHash: string; readonly now: number; readonly unlessSeenAfter: number }): Statement {
    return {
      sql: "UPDATE session SET seen_at = ?2 WHERE session_hash = ?1 AND seen_at <= ?3",
      params: [options.sessionHash, options.now, options.unlessSeenAfter],
    };
  },

  delete(sessionHash: string): Statement {
    return { sql: "DELETE FROM session WHERE session_hash = ?1", params: [sessionHash] };
  },

  deleteAllOfUser(userId: string): Statement {
    return { sql: "DELETE FROM session WHERE user_id = ?1", params: [userId] };
  },
};
