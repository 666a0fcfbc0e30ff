/**
 * `npm run mutants`: plants each bug in turn and simulates seeds until an invariant notices it. Prints which one did, and at
 * which seed, and writes it to `kills.json`; a bug that nothing noticed within `--seeds` fails the command.
 */
import { parseArgs } from "node:util";
import { runSuite } from "../suite.ts";
import { describeKills, figuresOf, type Kill, writeKills } from "./kills.ts";
import { MUTANTS } from "./list.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    processes: { type: "string", default: "2" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const chosen = MUTANTS.filter(({ name }) => values.only === undefined || values.only.split(",").includes(name));
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);
const kills: Kill[] = [];
const waiting = [...chosen];
await Promise.all(
  Array.from({ length: Number(values.processes) }, async () => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      kills.push(await kill(mutant.name));
      // As they come: all of them take a while.
      writeKills(
        kills,
        MUTANTS.map(({ name }) => name),
      );
    }
  }),
);

const figures = figuresOf(kills, chosen.length);
const survivors = kills.filter(({ seed }) => seed === null);
console.log(values.json ? JSON.stringify({ ...figures, kills }) : describeKills(figures));
if (survivors.length > 0) {
  console.error(`not noticed: ${survivors.map(({ mutant }) => mutant).join(", ")}`);
  process.exitCode = 1;
}

async function kill(name: string): Promise<Kill> {
  for (let from = 0; from < seeds.length; ) {
    const { failures } = await runSuite({ seeds: seeds.slice(from), processes: 1, stopsAtFailure: true, mutant: name });
    const [first] = failures;
    if (first === undefined) break;
    // A seed that fails without the bug says nothing about it.
    const clean = await runSuite({ seeds: [first.seed], processes: 1 });
    if (clean.failures.length === 0) {
      const by = `${first.invariant.padEnd(3)} at seed ${String(first.seed).padStart(4)}`;
      if (!values.json) console.log(`${name.padEnd(40)} ${by}  ${first.message.slice(0, 90)}`);
      return { mutant: name, invariant: first.invariant, seed: first.seed };
    }
    from = first.seed;
  }
  if (!values.json) console.log(`${name.padEnd(40)} SURVIVES`);
  return { mutant: name, invariant: null, seed: null };
}
