import { readTogether } from "../../../../src/catalog/port.ts";
import { dagRuns } from "../../../../src/catalog/sql/dag-runs.ts";
import type { Invariant } from "../../watch/invariant.ts";

/** The pages themselves are counted in `test/web` and `test/api`; here the lists behind them, over what a world has left. */
export const pagesReadLittle: Invariant = {
  id: "U1",
  says: "a page of runs is one statement, and as long as it was asked for",
  watch(world, claim) {
    return {
      onRest() {
        const page = { limit: 5, offset: 0 };
        const query = dagRuns.list({ allowedDagIds: null }, page);
        const rows = world.catalog.database.prepare(query.sql).all(...query.params);
        claim(rows.length <= page.limit, () => `a page of ${page.limit} runs has ${rows.length}`);
        void readTogether;
      },
    };
  },
};
