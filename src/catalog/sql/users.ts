import type { OffsetPage } from "../filter.ts";
import type { Query, Row, Statement } from "../port.ts";
import { flag, integer, text } from "../row.ts";

/** Airflow's roles; until the authorisation of a later round, each may do all. */
export type Role = "admin" | "op" | "user" | "viewer";

export interface UserView {
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
  readonly isActive: boolean;
  readonly createdAt: number;
}

/** Only the log-in asks for the hash; lists never carry it. */
export interface UserWithPassword extends UserView {
  readonly passwordHash: string;
}

export interface NewUser {
  readonly userId: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly role: Role;
  readonly now: number;
}

const columns = "user_id, created_at, is_active, name, role";

export function parseUser(row: Row): UserView {
  return {
    userId: text(row, "user_id"),
    name: text(row, "name"),
    role: text(row, "role") as Role,
    isActive: flag(row, "is_active"),
    createdAt: integer(row, "created_at"),
  };
}

const insert = "INSERT INTO user (user_id, created_at, is_active, name, password_hash, role)";

function paramsOf(user: NewUser): readonly (string | number)[] {
  return [user.userId, user.now, user.name, user.passwordHash, user.role];
}

export const users = {
  /** Returns no row when the name is taken, in whatever case. */
  create(user: NewUser): Query<UserView> {
    return {
      sql: `${insert} VALUES (?1, ?2, 1, ?3, ?4, ?5) ON CONFLICT DO NOTHING RETURNING ${columns}`,
      params: paramsOf(user),
      parse: parseUser,
    };
  },

  /** Returns no row once any user exists: two requests with the setup token make one user. */
  createFirst(user: NewUser): Query<UserView> {
    return {
      sql: `${insert} SELECT ?1, ?2, 1, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM user) RETURNING ${columns}`,
      params: paramsOf(user),
      parse: parseUser,
    };
  },

  findByName(name: string): Query<UserWithPassword> {
    return {
      sql: `SELECT ${columns}, password_hash FROM user WHERE name = ?1`,
      params: [name],
      parse: (row) => ({ ...parseUser(row), passwordHash: text(row, "password_hash") }),
    };
  },

  get(userId: string): Query<UserView> {
    return { sql: `SELECT ${columns} FROM user WHERE user_id = ?1`, params: [userId], parse: parseUser };
  },

  /** A row as soon as one user exists: whether the setup page is closed. */
  any(): Query<true> {
    return { sql: "SELECT 1 AS found FROM user LIMIT 1", params: [], parse: () => true };
  },

  list(page: OffsetPage): Query<UserView> {
    return {
      sql: `SELECT ${columns} FROM user ORDER BY name LIMIT ?1 OFFSET ?2`,
      params: [page.limit, page.offset],
      parse: parseUser,
    };
  },

  /** Changes the password and ends the user's sessions: write both in one batch. */
  setPassword(userId: string, passwordHash: string): readonly Statement[] {
    return [
      { sql: "UPDATE user SET password_hash = ?2 WHERE user_id = ?1", params: [userId, passwordHash] },
      { sql: "DELETE FROM session WHERE user_id = ?1", params: [userId] },
    ];
  },

  /**
   * Returns no row, and deletes none, when nobody else would be left who may let others in. That also keeps the door for the
   * first user closed, which opens on an empty table. Sessions and tokens go with their user.
   */
  delete(userId: string): Query<UserView> {
    return {
      sql: `DELETE FROM user WHERE user_id = ?1 AND EXISTS
        (SELECT 1 FROM user AS other WHERE other.user_id <> ?1 AND other.role = 'admin' AND other.is_active = 1)
        RETURNING ${columns}`,
      params: [userId],
      parse: parseUser,
    };
  },

  /** A user who is switched off loses the sessions at once; the tokens stop working with the user. */
  setActive(userId: string, isActive: boolean): readonly Statement[] {
    const update = { sql: "UPDATE user SET is_active = ?2 WHERE user_id = ?1", params: [userId, isActive ? 1 : 0] };
    return isActive ? [update] : [update, { sql: "DELETE FROM session WHERE user_id = ?1", params: [userId] }];
  },
};
