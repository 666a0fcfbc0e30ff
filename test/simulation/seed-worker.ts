/** One process of the suite: simulates the seeds that it is handed. With the name of a planted bug, it has that one. */
import { plant } from "./mutants/plant.ts";

const [mutant] = process.argv.slice(2);
if (mutant !== undefined) plant(mutant);
// What stands in the planted source is loaded only now.
const { simulate } = await import("./simulate.ts");
const { INVARIANTS } = await import("./invariants/all.ts");
const { addResult, newTotals } = await import("./totals.ts");

// The watchdog tells of every poke that fails, which is what faults are for.
console.error = () => {};

process.on("message", async (message: { readonly seeds: readonly number[]; readonly stopsAtFailure: boolean }) => {
  const totals = newTotals();
  for (const seed of message.seeds) {
    addResult(totals, await simulate({ seed, invariants: INVARIANTS }));
    if (message.stopsAtFailure && totals.failures.length > 0) break;
  }
  process.send?.(totals);
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
