/**
 * `npm run mutants`: plants each bug in turn and simulates seeds until an invariant notices it. Prints which one did, and at
 * which seed; a bug that nothing noticed within `--seeds` fails the command.
 */
import { parseArgs } from "node:util";
import { runSuite } from "../suite.ts";
import { MUTANTS } from "./list.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    processes: { type: "string", default: "2" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

interface Kill {
  readonly mutant: string;
  readonly invariant: string | null;
  readonly seed: number | null;
}

const chosen = MUTANTS.filter(({ name }) => values.only === undefined || values.only.split(",").includes(name));
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
const kills: Kill[] = [];
const waiting = [...chosen];
await Promise.all(
  Array.from({ length: Number(values.processes) }, async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      kills.push(await kill(mutant.name));
    }
  }),
);

const survivors = kills.filter(({ seed }) => seed === null);
const sorted = kills.flatMap(({ seed }) => seed ?? []).sort((a, b) => a - b);
const median = sorted[Math.floor(sorted.length / 2)] ?? null;
if (values.json) console.log(JSON.stringify({ total: kills.length, killed: sorted.length, medianSeed: median, kills }));
else console.log(`${sorted.length} of ${kills.length} planted bugs were caught, half of them by seed ${median}`);
if (survivors.length > 0) {
  console.log(`not caught: ${survivors.map(({ mutant }) => mutant).join(", ")}`);
  process.exitCode = 1;
}

async function kill(name: string): Promise<Kill> {
  const { failures } = await runSuite({ seeds, processes: 1, stopsAtFailure: true, mutant: name });
  const [first] = failures;
  const found = { mutant: name, invariant: first?.invariant ?? null, seed: first?.seed ?? null };
  if (!values.json) {
    const by =
      found.invariant === null ? "SURVIVES" : `${found.invariant.padEnd(3)} at seed ${String(found.seed).padStart(4)}`;
    console.log(`${name.padEnd(40)} ${by}  ${(first?.message ?? "").slice(0, 90)}`);
  }
  return found;
}
