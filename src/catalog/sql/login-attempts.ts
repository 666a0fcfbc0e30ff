import type { Query, Statement } from "../port.ts";
import { integer } from "../row.ts";

export interface LoginAttempt {
  /** Name as typed; counted without regard to case. */
  readonly account: string;
  readonly address: string;
  readonly now: number;
  /** Attempts after this instant count. */
  readonly since: number;
  readonly maxPerAccount: number;
  readonly maxPerAddress: number;
}

export const loginAttempts = {
  /**
   * Admits and records an attempt in one statement, so that a burst of requests cannot all see the count before it. Run it
   * with `writeOne` before the password is hashed; null means that the account or the address had its share.
   */
  admit(attempt: LoginAttempt): Query<{ readonly attemptId: number }> {
    return {
      sql: `INSERT INTO login_attempt (account, address, at)
        SELECT ?1, ?2, ?3
        WHERE (SELECT count(*) FROM login_attempt WHERE account = ?1 AND at > ?4) < ?5
          AND (SELECT count(*) FROM login_attempt WHERE address = ?2 AND at > ?4) < ?6
        RETURNING attempt_id`,
      params: [
        attempt.account,
        attempt.address,
        attempt.now,
        attempt.since,
        attempt.maxPerAccount,
        attempt.maxPerAddress,
      ],
      parse: (row) => ({ attemptId: integer(row, "attempt_id") }),
    };
  },

  count(options: { readonly account: string; readonly address: string; readonly since: number }): Query<{
    readonly byAccount: number;
    readonly byAddress: number;
  }> {
    return {
      sql: `SELECT (SELECT count(*) FROM login_attempt WHERE account = ?1 AND at > ?3) AS by_account,
        (SELECT count(*) FROM login_attempt WHERE address = ?2 AND at > ?3) AS by_address`,
      params: [options.account, options.address, options.since],
      parse: (row) => ({ byAccount: integer(row, "by_account"), byAddress: integer(row, "by_address") }),
    };
  },

  /** After a good password: this attempt does not count, so that a script that logs in often is not locked out. */
  forget(attemptId: number): Statement {
    return { sql: "DELETE FROM login_attempt WHERE attempt_id = ?1", params: [attemptId] };
  },
};
