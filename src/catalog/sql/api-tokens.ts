import type { Query, Row, Statement } from "../port.ts";
import { integer, integerOrNull, text } from "../row.ts";
import { parseUser, type UserView } from "./users.ts";

export interface NewApiToken {
  readonly tokenId: string;
  /** Hash of the bearer token; the token itself is shown once and stored nowhere. */
  readonly tokenHash: string;
  readonly userId: string;
  readonly name: string;
  readonly now: number;
  readonly expiresAt: number | null;
}

export interface ApiTokenView {
  readonly tokenId: string;
  readonly name: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly usedAt: number | null;
}

const columns = `k.token_id, k.created_at AS token_created_at, k.expires_at, k.name AS token_name, k.revoked_at, k.used_at`;

function parse(row: Row): ApiTokenView {
  return {
    tokenId: text(row, "token_id"),
    name: text(row, "token_name"),
    createdAt: integer(row, "token_created_at"),
    expiresAt: integerOrNull(row, "expires_at"),
    revokedAt: integerOrNull(row, "revoked_at"),
    usedAt: integerOrNull(row, "used_at"),
  };
}

export const apiTokens = {
  create(token: NewApiToken): Statement {
    return {
      sql: `INSERT INTO api_token (token_id, created_at, expires_at, name, token_hash, user_id)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
      params: [token.tokenId, token.now, token.expiresAt, token.name, token.tokenHash, token.userId],
    };
  },

  /** The token with its user; none when it is over, revoked, or its user is switched off. */
  find(options: {
    readonly tokenHash: string;
    readonly now: number;
  }): Query<ApiTokenView & { readonly user: UserView }> {
    return {
      sql: `SELECT ${columns}, u.user_id, u.created_at, u.is_active, u.name, u.role
        FROM api_token AS k JOIN user AS u ON u.user_id = k.user_id
        WHERE k.token_hash = ?1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > ?2) AND u.is_active = 1`,
      params: [options.tokenHash, options.now],
      parse: (row) => ({ ...parse(row), user: parseUser(row) }),
    };
  },

  /** Notes the use; writes only when the last one is older than `unlessUsedAfter`, to save a row per request. */
  touch(options: { readonly tokenId: string; readonly now: number; readonly unlessUsedAfter: number }): Statement {
    return {
      sql: "UPDATE api_token SET used_at = ?2 WHERE token_id = ?1 AND (used_at IS NULL OR used_at <= ?3)",
      params: [options.tokenId, options.now, options.unlessUsedAfter],
    };
  },

  /** Newest first. */
  list(userId: string): Query<ApiTokenView> {
    return {
      sql: `SELECT ${columns} FROM api_token AS k WHERE k.user_id = ?1 ORDER BY k.created_at DESC, k.token_id LIMIT 1000`,
      params: [userId],
      parse,
    };
  },

  revoke(options: { readonly tokenId: string; readonly userId: string; readonly now: number }): Statement {
    return {
      sql: "UPDATE api_token SET revoked_at = ?3 WHERE token_id = ?1 AND user_id = ?2 AND revoked_at IS NULL",
      params: [options.tokenId, options.userId, options.now],
    };
  },

  revokeAllOfUser(options: { readonly userId: string; readonly now: number }): Statement {
    return {
      sql: "UPDATE api_token SET revoked_at = ?2 WHERE user_id = ?1 AND revoked_at IS NULL",
      params: [options.userId, options.now],
    };
  },
};
