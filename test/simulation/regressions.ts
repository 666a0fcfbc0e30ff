/**
 * Seeds that show a bug which was found once, should it come back: each was seen to fail with that bug planted again. A change of
 * the worlds changes what a seed is, so a change of them looks these up anew (`npm run mutants -- --only <name>`); a mutant
 * stands in `mutants/list.ts` for each bug, and does not depend on a seed.
 */
export const REGRESSIONS: readonly { readonly seed: number; readonly mutant: string; readonly found: string }[] = [
  {
    seed: 2,
    mutant: "marks-of-queued-runs-are-lost",
    found: "a mark on a run that waited to start was forgotten when it started",
  },
  {
    seed: 2,
    mutant: "end-without-a-time",
    found: "what stood for the instances of a mapped task ended without a time, and the catalog refused its row",
  },
  {
    seed: 934,
    mutant: "run-numbers-come-back",
    found: "a run that was made in the event that deleted the latest one got the number of that",
  },
];
