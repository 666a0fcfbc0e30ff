/**
 * `npm exec -- node test/bench/dst.ts [fromYear toYear]`: every change of the clocks in every zone that the runtime knows, held against
 * the cron timetable. `npm test` looks at a sample of them. Exit status 1 when anything differs.
 */
import { allZones, changesOf } from "../fixtures/clocks.ts";
import { checkChange } from "../fixtures/dst-check.ts";

const [fromYear = 2000, toYear = 2040] = process.argv.slice(2).map(Number);
const startedAt = performance.now();
let changeCount = 0;
let tickCount = 0;
const problems: string[] = [];
for (const zone of allZones) {
  const changes = changesOf(zone, fromYear, toYear);
  for (const change of changes) {
    const report = checkChange(change);
    changeCount += 1;
    tickCount += report.tickCount;
    problems.push(...report.problems);
  }
}
for (const problem of problems.slice(0, 100)) console.log(problem);
const seconds = Math.round((performance.now() - startedAt) / 1_000);
console.log(
  `${allZones.length} zones, ${changeCount} changes of ${fromYear} to ${toYear}, ${tickCount} ticks both ways: ` +
    `${problems.length} differences (zone database ${process.versions["tz"]}, ${seconds} s)`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
