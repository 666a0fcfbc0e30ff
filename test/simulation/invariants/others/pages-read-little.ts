import type { Query } from "../../../../src/catalog/port.ts";
import { backfills } from "../../../../src/catalog/sql/backfills.ts";
import { dagRuns } from "../../../../src/catalog/sql/dag-runs.ts";
import { eventLog } from "../../../../src/catalog/sql/event-log.ts";
import { taskInstances } from "../../../../src/catalog/sql/task-instances.ts";
import type { Invariant } from "../../watch/invariant.ts";

const PAGE_LENGTH = 5;

type Page = { readonly limit: number; readonly offset: number };

const LISTS: Readonly<Record<string, (page: Page) => Query<unknown>>> = {
  "DAG runs": (page) => dagRuns.list({ allowedDagIds: null }, page),
  "task instances": (page) => taskInstances.list({ allowedDagIds: null }, page),
  "audit log": (page) => eventLog.list({ allowedDagIds: null }, page),
  backfills: (page) => backfills.list({ allowedDagIds: null }, { ...page, descending: true }),
};

/** The pages themselves are counted in `test/web` and `test/api`; here the lists behind them, over what a world has left. */
export const pagesReadLittle: Invariant = {
  id: "U1",
  says: "a page is one statement, as long as it was asked for, and the pages together have each row once",
  watch(world, claim) {
    return {
      onRest() {
        for (const [name, list] of Object.entries(LISTS)) {
          const read = (page: Page) => {
            const { sql, params } = list(page);
            return world.catalog.database.prepare(sql).all(...params);
          };
          const all = read({ limit: 1_000_000, offset: 0 }).map((row) => JSON.stringify(row));
          // A world leaves up to thousands of rows: the first pages show what the others would.
          const end = Math.min(all.length, 4 * PAGE_LENGTH);
          for (let offset = 0; offset < end; offset += PAGE_LENGTH) {
            const rows = read({ limit: PAGE_LENGTH, offset }).map((row) => JSON.stringify(row));
            const expected = all.slice(offset, offset + PAGE_LENGTH);
            claim(rows.length <= PAGE_LENGTH, () => `a page of ${PAGE_LENGTH} ${name} has ${rows.length}`);
            claim(
              rows.join() === expected.join(),
              () => `the page of ${name} from ${offset} on is not what the whole list has there`,
            );
          }
          claim(new Set(all).size === all.length, () => `the list of ${name} has a row twice`);
        }
      },
    };
  },
};
