/** `node test/conformance/run.ts [FILE]`: exit status 1 when a case fails, or when there is none. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reportLines, runVectors } from "./runner.ts";

const path = process.argv[2] ?? join(import.meta.dirname, "../fixtures/airflow.vectors.json");
const results = await runVectors(JSON.parse(readFileSync(path, "utf8")));
for (const line of reportLines(results)) console.log(line);
process.exitCode = results.length === 0 || results.some(({ outcome }) => outcome === "failed") ? 1 : 0;
