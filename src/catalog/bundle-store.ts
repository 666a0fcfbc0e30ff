/**
 * The catalog as the sync of a bundle needs it (`BundleStore` in src/bundle/sync.ts): the one part that knows all its
 * statements, so that the bundle knows none.
 */
import { type Migration, migrate } from "./migrate.ts";
import { type Catalog, readAll } from "./port.ts";
import type { DagProjection, JobProjection } from "./projection.ts";
import { dags } from "./sql/dags.ts";
import { type ImportError, importErrors } from "./sql/import-errors.ts";
import { jobs } from "./sql/jobs.ts";
import { type DisplayKey, type VersionDisplay, versionDisplays } from "./sql/version-displays.ts";

/** DAGs per read: the rows of a page stay well below what one reply of D1 may hold. */
const pageSize = 1_000;

export function makeBundleStore(catalog: Catalog, migrations: readonly Migration[]) {
  return {
    migrate: (now: number) => migrate(catalog, migrations, now),

    async listDags(): Promise<readonly DagProjection[]> {
      const found: DagProjection[] = [];
      for (;;) {
        const page = { limit: pageSize, offset: found.length };
        const rows = await readAll(catalog, dags.list({ allowedDagIds: null, withRetired: true }, page));
        found.push(...rows);
        if (rows.length < pageSize) return found;
      }
    },

    async replaceImportErrors(errors: readonly ImportError[]): Promise<void> {
      await catalog.write(importErrors.replaceAll(errors));
    },

    /** What is there already is left, so that a deploy writes what changed alone. */
    async writeDisplays(displays: readonly VersionDisplay[]): Promise<void> {
      for (let place = 0; place < displays.length; place += pageSize) {
        const page = displays.slice(place, place + pageSize);
        const dagIds = page.map(({ dagId }) => dagId);
        const known = new Set((await readAll(catalog, versionDisplays.keys(dagIds))).map(keyOf));
        const missing = page.filter((display) => !known.has(keyOf(display)));
        const changed = missing.map(({ dagId }) => dagId);
        // Before the new ones: their versions may still be on their way here.
        if (changed.length > 0) await catalog.write([versionDisplays.deleteUnused(changed)]);
        // One at a time: a display may be almost as large as what one call may carry.
        for (const display of missing) await catalog.write([versionDisplays.insert(display)]);
      }
    },

    async writeJob(job: JobProjection): Promise<void> {
      await catalog.write([jobs.upsert(job)]);
    },
  };
}

function keyOf({ dagId, sourceHash, specHash }: DisplayKey): string {
  return `${dagId} ${sourceHash} ${specHash}`;
}
