/**
 * Copies the data of the example DAGs from the package `vega-datasets` to `public/data/`, where the Worker serves them and
 * the tasks fetch them like any source on the web. Only the files that a DAG reads are copied.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** Each with the DAG that reads it. */
const files = {
  "seattle-weather.csv": "seattle_weather",
  "earthquakes.json": "earthquakes",
  "flights-10k.json": "flight_delays",
  "global-temp.csv": "slow_steps",
} as const;

/** Returns the names of the files that were not there yet, or had changed. */
export async function copyData(folder: string = root): Promise<readonly string[]> {
  const target = join(folder, "public/data");
  await mkdir(target, { recursive: true });
  const written: string[] = [];
  for (const name of Object.keys(files)) {
    const from = join(folder, "node_modules/vega-datasets/data", name);
    if (await copyIfChanged(from, join(target, name))) written.push(name);
  }
  return written;
}

/** An unchanged file keeps its time stamp, so that a watching `wrangler dev` does not reload for nothing. */
async function copyIfChanged(from: string, to: string): Promise<boolean> {
  const wanted = await readFile(from).catch((cause: unknown) => {
    throw new Error(`Cannot copy the data of the example DAGs: "${from}" is missing, run npm install`, { cause });
  });
  const present = await readFile(to).catch(() => null);
  if (present?.equals(wanted)) return false;
  await writeFile(to, wanted);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const written = await copyData();
  console.log(written.length === 0 ? "public/data is up to date" : `public/data: copied ${written.join(", ")}`);
}
