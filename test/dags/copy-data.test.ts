import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyData } from "../../workers/node/copy-data.ts";

let folder = "";
let source = "";
const names = ["seattle-weather.csv", "earthquakes.json", "flights-10k.json", "global-temp.csv"];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "updraft-data-"));
  source = join(folder, "node_modules/vega-datasets/data");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("copyData() says what is missing and what to do", async () => {
  await expect(copyData(folder)).rejects.toThrow(/seattle-weather\.csv" is missing, run npm install$/);
});

test("copyData() copies what the example DAGs read, and leaves alone what has not changed", async () => {
  await mkdir(source, { recursive: true });
  for (const name of [...names, "movies.json"]) await writeFile(join(source, name), `first ${name}`);
  expect(await copyData(folder)).toEqual(names);
  await expect(stat(join(folder, "public/data/movies.json"))).rejects.toThrow("ENOENT");

  expect(await copyData(folder)).toEqual([]);
  await writeFile(join(source, "earthquakes.json"), "second");
  expect(await copyData(folder)).toEqual(["earthquakes.json"]);
  expect(await readFile(join(folder, "public/data/earthquakes.json"), "utf8")).toBe("second");
});
