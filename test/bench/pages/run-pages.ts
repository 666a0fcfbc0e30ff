/** The server times of all pages as one table. A folder keeps the seeded state for the next time. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Deployment } from "../deployment.ts";
import { addressesOf, measurePage, type PageTimes } from "./measure-pages.ts";
import { type SeededRuns, seed } from "./seed.ts";

export interface PagesOptions {
  /** How often each page is asked for. */
  readonly count: number;
  /** Null for a state that goes with this measurement. */
  readonly folder: string | null;
  /** Only addresses that contain this. */
  readonly part: string;
}

export async function measurePages({ count, folder, part }: PagesOptions): Promise<readonly PageTimes[]> {
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
    const times: PageTimes[] = [];
    for (const address of addressesOf(runs)) {
      if (address.includes(part)) times.push(await measurePage(updraft, address, count));
    }
    return times;
  } finally {
    await updraft.close();
  }
}
