/**
 * `npm run build`: makes everything that is not in the repository but that the Worker, the type checker or a test
 * needs. Each step is a program of its own, safe to run again at any time, and is also run alone: wrangler runs the
 * manifest generator before each of its builds.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** The DAGs of dags/ as code and specs; the data of the example DAGs; the libraries that pages load. */
const manifest = "manifest.ts";
const publicFiles = ["copy-data.ts", "assets.ts"];

/** What it wrote is news to whoever asked for a build only; its errors are for everybody. */
function run(program: string, output: "inherit" | "ignore"): void {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, program)], {
    stdio: ["ignore", output, "inherit"],
  });
  if (status !== 0) throw new Error(`Cannot build: workers/node/${program} failed, its reason is above`);
}

/** What the asset folder lacks in a fresh clone; the manifest is left to wrangler. */
export function buildPublicFiles(output: "inherit" | "ignore" = "ignore"): void {
  for (const program of publicFiles) run(program, output);
}

if (import.meta.main) {
  run(manifest, "inherit");
  buildPublicFiles("inherit");
}
