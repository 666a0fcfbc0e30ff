import { holdsSlots } from "../slots.ts";
import { SCHEDULED } from "../states.ts";
import type { StartRule } from "./start-rule.ts";

/** With a limit on the whole deployment, each try counts against it from its grant to its end. */
export const respectParallelism: StartRule = {
  id: "L11",
  reason: "parallelism",
  scope: "slots",
  isMet: ({ slots }, run, _lane, place) =>
    slots.parallelism === null || run.stateOf[place] !== SCHEDULED || holdsSlots(slots, run, place),
  tell: ({ slots }) =>
    `The deployment runs at most ${slots.parallelism} task instances at a time, and it waits for its turn (parallelism)`,
};
