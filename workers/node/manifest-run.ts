/**
 * Of generators that run at once, the last one started decides: files changed again while the one before was still
 * waiting for a file that never ends, and what that one found is out of date. It notices and ends without a word.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const checkEveryMs = 200;

/** Declares this process the latest, and ends it once another one does the same. */
export function becomeLatestRun(folder: string): { readonly endIfSuperseded: () => void } {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "latest-run");
  const name = `${process.pid} ${process.hrtime.bigint()}`;
  writeFileSync(file, name);
  const endIfSuperseded = () => {
    if (readFileSync(file, "utf8") !== name) process.exit(0);
  };
  setInterval(endIfSuperseded, checkEveryMs).unref();
  return { endIfSuperseded };
}
