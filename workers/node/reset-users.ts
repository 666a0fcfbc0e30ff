/**
 * `npm start -- --reset-users`: forgets the users of a local state with their sessions and tokens, so that the start makes
 * the first one anew, with a new password. For whoever lost it and can read the state anyway; runs and logs stay.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Only while nothing serves the state. */
export function resetUsers(dataFolder: string): void {
  // Where wrangler simulates D1, one file per database, beside one of its own.
  const folder = join(dataFolder, "v3/d1/miniflare-D1DatabaseObject");
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name)) : [];
  for (const file of files) {
    const database = new DatabaseSync(join(folder, file), { enableForeignKeyConstraints: true });
    const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'user'").get();
    if (table !== undefined) database.exec("DELETE FROM user");
    database.close();
  }
}
