/** Seeds that found a bug once, each with what it was. They run with every suite, before the others. */
export const REGRESSIONS: readonly { readonly seed: number; readonly found: string }[] = [
  { seed: 14, found: "an instance that was expanded away ended without a time, and the catalog refused its row" },
  { seed: 24, found: "a mark on a run that waited to start was forgotten when it started" },
  { seed: 33, found: "a start of the object gave tickets above its ceiling, and the next start gave them again" },
  { seed: 190, found: "a note or a deletion left a row of what stood for the instances of a mapped task" },
  {
    seed: 191,
    found: "a verb without an effect let a run leave memory while its flush was under way, and lost its rows",
  },
  { seed: 298, found: "cancelling a backfill left the task instances of a cleared run of it without an end" },
  { seed: 304, found: "after a step back of the clock and a start, running tries lost their leases at once" },
  { seed: 420, found: "a try was granted although it had ended within the same event, by the failure of another" },
];
