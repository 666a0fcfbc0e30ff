/**
 * `npm run crash -- [--cycles N] [--seed N]`: kills a real Updraft again and again, and says whether anything was lost. See
 * `crash-test.ts` for what a cycle does. Ends with 1 when something was.
 */
import { parseArgs } from "node:util";
import { CrashTest, type CycleResult } from "./crash-test.ts";

const { values } = parseArgs({
  options: { cycles: { type: "string", default: "30" }, seed: { type: "string", default: "1" } },
});

function show(title: string, found: readonly string[]): void {
  for (const one of found.slice(0, 20)) console.log(`    ${title}: ${one}`);
  if (found.length > 20) console.log(`    … and ${found.length - 20} more`);
}

const cycles = Number(values.cycles);
const test = await CrashTest.open(Number(values.seed));
let last: CycleResult | null = null;
let killCount = 0;
let badCount = 0;
try {
  for (let number = 1; number <= cycles; number++) {
    last = await test.cycle();
    killCount += last.killCount;
    console.log(
      `cycle ${number}: ${last.killCount} kills; so far ${last.runCount} runs, ${last.executionCount} executions, ` +
        `${last.committedCount} results; ${last.duplicateCount} executions of a try beyond its first; ` +
        `lost ${last.lost.length}, doubled ${last.doubled.length}, different in the catalog ${last.differences.length}`,
    );
    show("lost", last.lost);
    show("doubled", last.doubled);
    show("different", last.differences);
    if (last.lost.length + last.doubled.length + last.differences.length > 0) badCount++;
  }
} finally {
  await test.close();
}
if (last !== null) {
  console.log(
    `\n${cycles} cycles with ${killCount} kills, seed ${values.seed}: ${last.promisedCount} triggers answered, ${last.runCount} runs, ` +
      `${last.lost.length} lost, ${last.doubled.length} doubled, ${last.differences.length} rows of the catalog different; ` +
      `${last.duplicateCount} of ${last.executionCount} executions were of a try that had run before`,
  );
}
process.exitCode = badCount === 0 ? 0 : 1;
