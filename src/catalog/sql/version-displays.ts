import type { DagId } from "../../dag/ids.ts";
import type { Query, Statement } from "../port.ts";
import { dagId, text } from "../row.ts";

/** Of which spec and source something was made. */
export interface DisplayKey {
  readonly dagId: DagId;
  readonly sourceHash: string;
  readonly specHash: string;
}

export interface VersionDisplay extends DisplayKey {
  /** JSON, as `src/dag/display.ts` describes it. */
  readonly display: string;
}

/** What a build made of each version, for pages. */
export const versionDisplays = {
  keys(dagIds: readonly string[]): Query<DisplayKey> {
    return {
      sql: `SELECT p.dag_id, p.source_hash, p.spec_hash FROM json_each(?1) AS wanted
        CROSS JOIN version_display AS p ON p.dag_id = wanted.value`,
      params: [JSON.stringify(dagIds)],
      parse: (row) => ({
        dagId: dagId(row),
        sourceHash: text(row, "source_hash"),
        specHash: text(row, "spec_hash"),
      }),
    };
  },

  insert(display: VersionDisplay): Statement {
    return {
      sql: `INSERT INTO version_display (dag_id, source_hash, spec_hash, display) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (dag_id, source_hash, spec_hash) DO NOTHING`,
      params: [display.dagId, display.sourceHash, display.specHash, display.display],
    };
  },

  /** Of these DAGs, those that no version needs any more: what was never run is overwritten by the next change. */
  deleteUnused(dagIds: readonly string[]): Statement {
    return {
      sql: `DELETE FROM version_display WHERE dag_id IN (SELECT value FROM json_each(?1)) AND NOT EXISTS (
        SELECT 1 FROM dag_version AS v WHERE v.dag_id = version_display.dag_id
          AND v.source_hash = version_display.source_hash AND v.spec_hash = version_display.spec_hash)`,
      params: [JSON.stringify(dagIds)],
    };
  },
};
