/** `npm run bench -- --pages`: a folder keeps the seeded state for the next time. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment } from "../deployment.ts";
import { measurePages, type PageOptions, type PageTimes } from "./measure-pages.ts";
import { type SeededRuns, seed } from "./seed.ts";

export async function runPages(folder: string | null, options: PageOptions): Promise<readonly PageTimes[]> {
  const note = folder === null ? null : join(folder, "seeded-runs.json");
  const known = note !== null && existsSync(note) ? (JSON.parse(readFileSync(note, "utf8")) as SeededRuns) : null;
  if (folder !== null) mkdirSync(folder, { recursive: true });
  const variables: Record<string, string> = known === null ? {} : { IS_SEEDED: "yes" };
  const updraft = await Deployment.open(
    "pages",
    folder === null ? null : { folder, hasUser: known !== null, variables },
  );
  try {
    const runs = known ?? (await seed(updraft));
    if (note !== null && known === null) writeFileSync(note, JSON.stringify(runs));
    return await measurePages(updraft, runs, options);
  } finally {
    await updraft.close();
  }
}
